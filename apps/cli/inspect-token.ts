import { formatScope } from '#core/oauth/scope.ts'
import type { TokenFamily } from '#core/tokens/token-family.ts'
import { expiry, type Inspection, type InspectionPlace, revocation, type TokenFinding } from './inspection.ts'

/** Says everything that can be known of a token, whatever its form. Changes nothing: a refresh token is not used up. */
export async function inspectToken(token: string, work: InspectionPlace): Promise<Inspection> {
  if (token.startsWith('rt_')) return inspectRefreshToken(token, work)
  if (token.startsWith('at_')) return inspectOpaque(token, work)
  const { inspectJwt } = await import('./inspect-jwt.ts')
  return inspectJwt(token, work)
}

async function inspectOpaque(token: string, work: InspectionPlace): Promise<Inspection> {
  if (work.config.keys.secret === '')
    return unknown('access_token', 'It is sealed, and keys.secret is not set: nothing of it can be read.')
  const { opaqueTokenReader } = await import('#core/tokens/opaque-token.ts')
  const findMacKey = async (kid: string) => (await macKeys(work))?.get(kid)
  const found = await opaqueTokenReader({ findMacKey }, work.config.issuer)(token)
  if (!found) return unknown('access_token', 'No key of the ring opens it: it was altered, or is of another issuer.')
  const { scopes, versions: _versions, ...facts } = found
  const claims = { ...facts, scope: formatScope(scopes) }
  const ends = await revocation(work, { ...found, sessionId: found.sid })
  return { kind: 'access_token', claims, findings: [expiry(found.expiresAt, work.clock.now()), ...ends] }
}

async function inspectRefreshToken(token: string, work: InspectionPlace): Promise<Inspection> {
  const { splitRefreshToken } = await import('#core/tokens/refresh-token.ts')
  const parts = splitRefreshToken(token)
  if (!parts) return unknown('refresh_token', 'It begins like a refresh token of ours and is none.')
  const { kid, familyId, generation } = parts
  const found = await findFamily(familyId, work)
  const claims = { family: familyId, generation }
  const header = { kid }
  if (!found) {
    return { header, claims, ...unknown('refresh_token', 'Its family is unknown, has ended or has expired.') }
  }
  const { family, rotatedAt } = found
  const live: TokenFinding =
    generation === found.generation
      ? { level: 'ok', what: 'It is the live generation of its family.' }
      : { level: 'error', what: `It is generation ${generation}; the live one is ${found.generation}.` }
  const findings: readonly TokenFinding[] = [
    ...(found.isLost
      ? [{ level: 'note', what: 'The fast store has lost it; the next refresh puts it back.' } as const]
      : []),
    await checkMac(token, family, work),
    live,
    expiry(await endOf(family, rotatedAt, work), work.clock.now()),
    ...(await revocation(work, { ...family, sub: family.userId, jti: undefined, familyId })),
    ...(await lostAccess(family, work)),
  ]
  const known = { sub: family.userId, client_id: family.clientId, sid: family.sid, scope: formatScope(family.scopes) }
  return { kind: 'refresh_token', header, claims: { ...claims, ...known }, findings }
}

/** The family, from SQL where the fast store has lost it; undefined where it is unknown, has ended or has expired. */
async function findFamily(id: string, { stores, clock }: InspectionPlace) {
  const found = await stores.families.find(id)
  if (found !== 'lost') return found && { ...found, isLost: false }
  const family = await stores.facts.findFamily(id)
  if (!family || family.endedAt || family.expiresAt <= clock.now()) return undefined
  return { family, generation: family.generation, rotatedAt: family.rotatedAt, isLost: true }
}

/** It ends with its family, or before where it lies unused for too long. */
async function endOf({ expiresAt }: TokenFamily, rotatedAt: Date, { config }: InspectionPlace): Promise<Date> {
  const { later } = await import('#core/clock.ts')
  const idle = later(rotatedAt, config.tokens.refreshIdle)
  return idle < expiresAt ? idle : expiresAt
}

/** Says where its client may not keep access any more that outlives the session. */
async function lostAccess(family: TokenFamily, { stores }: InspectionPlace): Promise<readonly TokenFinding[]> {
  const { mayKeepAccess } = await import('#core/tokens/token-family.ts')
  const client = await stores.clients.find(family.clientId)
  if (!client || mayKeepAccess(client, family)) return []
  return [{ level: 'error', what: `Its client ${client.id} may not ask for offline_access any more.` }]
}

async function checkMac(
  token: string,
  { clientId, id: familyId, macKid }: TokenFamily,
  { config, stores }: InspectionPlace,
): Promise<TokenFinding> {
  if (config.keys.secret === '') return { level: 'note', what: 'The MAC cannot be checked: keys.secret is not set.' }
  const { isAuthentic, splitRefreshToken } = await import('#core/tokens/refresh-token.ts')
  const parts = splitRefreshToken(token)
  const key = parts && (await macKeys({ config, stores }))?.get(parts.kid)
  if (!key) return { level: 'error', what: 'No MAC key of the ring has its kid.' }
  if (key.kid !== macKid) return { level: 'error', what: 'The MAC is wrong: its family has another key.' }
  const facts = { issuer: config.issuer, familyId, generation: parts.generation, clientId }
  return isAuthentic(key, facts, parts.mac)
    ? { level: 'ok', what: 'The MAC is right.' }
    : { level: 'error', what: 'The MAC is wrong: it was altered, or made for another client or issuer.' }
}

/** The MAC keys of the ring; undefined where there is none yet. */
async function macKeys({ config, stores }: Pick<InspectionPlace, 'config' | 'stores'>) {
  const { openStoredRing } = await import('#core/keys/opened-ring.ts')
  const stored = await stores.keys.read()
  return stored && (await openStoredRing(stored, config.keys.secret)).macs
}

function unknown(kind: Inspection['kind'], what: string): Inspection {
  return { kind, findings: [{ level: 'error', what }] }
}
