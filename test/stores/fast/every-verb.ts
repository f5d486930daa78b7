import type { Clock } from '#core/clock.ts'
import type { FastStores } from '#stores/stores.ts'
import { aCode, aFamily, aRequest, aRevocable, aSession } from './samples.ts'

/** Every verb, so that none is forgotten where all must behave alike. */
export function everyVerb(
  { attempts, check, codes, families, requests, revocations, sessions }: FastStores,
  clock: Clock,
) {
  const rules = { idle: 600, grace: 30 }
  const limit = { key: 'k', most: 5, window: 60 }
  const now = clock.now()
  const family = aFamily(now)
  const session = aSession(now)
  return [
    requests.begin(aRequest(now, { id: 'ref' })),
    requests.find('ref'),
    requests.claim('ref', 'b'),
    requests.put('ref', 's'),
    requests.end('ref'),
    codes.put('code', aCode(now)),
    codes.find('code'),
    codes.claim('code'),
    sessions.begin(session, 'hash'),
    sessions.find(session.id, 'hash'),
    sessions.rotate(session.id, { secretHash: 'hash', nextSecretHash: 'next', authTime: now, amr: [] }),
    sessions.end('other', now),
    sessions.recover(aSession(now), 'hash'),
    families.begin(family),
    families.find(family.id),
    families.rotate({ familyId: family.id, generation: 1, macKid: 'mac-1', from: '' }, undefined, rules),
    families.excuse({ familyId: family.id, generation: 1, macKid: 'mac-1', from: '' }, rules),
    families.revoke('other', now),
    families.recover({ family: aFamily(now), generation: 2, rotatedAt: now }),
    revocations.add({ kind: 'token', jti: 'j', until: now }),
    revocations.has(aRevocable()),
    revocations.everything(),
    attempts.claim([limit]),
    attempts.refund([limit]),
    attempts.end('k'),
    check(),
  ]
}
