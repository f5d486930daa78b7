import type { FamilyStore, FoundFamily, PresentedRefreshToken, Rotation } from '#core/tokens/token-family.ts'
import { writeText } from '../records/line.ts'
import { readFamily, writeFamily, writeScopes } from './family-record.ts'
import { beginScript, excuseScript, findScript, recoverScript, revokeScript, rotateScript } from './family-scripts.ts'
import type { Argument, RedisTable } from './redis-table.ts'

/** What a rotation answers; there is no record where it is not the answer's business. */
type Reply = readonly [outcome: Rotation['outcome'], text: string, elsewhere: number]

/** Token families in Redis. */
export function familyStore(table: RedisTable): FamilyStore {
  const [begin, find, rotate] = [table(beginScript), table(findScript), table(rotateScript)]
  const [excuse, recover, revoke] = [table(excuseScript), table(recoverScript), table(revokeScript)]
  const put = (verb: typeof begin, found: FoundFamily) =>
    verb('family', found.family.id, found.family.expiresAt.getTime(), writeFamily(found))
  return {
    begin: async (family) =>
      (await put(begin, { family, generation: 1, rotatedAt: family.createdAt })) === 'begun' ? 'begun' : 'ended',
    find: async (id) => {
      const text = await find('family', id)
      if (typeof text !== 'string') return undefined
      return text === 'lost' ? text : readFamily(id, text)
    },
    rotate: async (presented, wanted, { idle, grace }) => {
      const asked = [...writePresented(presented, grace), idle * 1000, wanted ? writeScopes(wanted) : '']
      return readRotation(presented.familyId, (await rotate('family', presented.familyId, ...asked)) as Reply)
    },
    excuse: async (presented, { grace }) =>
      void (await excuse('family', presented.familyId, ...writePresented(presented, grace))),
    recover: async (found) => ((await put(recover, found)) === 'recovered' ? 'recovered' : 'known'),
    revoke: async (id, until) => void (await revoke('family', id, until.getTime())),
  }
}

function writePresented({ generation, macKid, from }: PresentedRefreshToken, grace: number): readonly Argument[] {
  return [generation, writeText(macKid), from === '' ? '' : writeText(from), grace * 1000]
}

function readRotation(id: string, [outcome, text, elsewhere]: Reply): Rotation {
  if (outcome === 'refused' || outcome === 'wider' || outcome === 'lost') return { outcome }
  const { family, generation } = readFamily(id, text)
  if (outcome === 'reused') return { outcome, family }
  if (outcome === 'rotated') return { outcome, family, generation }
  return { outcome, family, generation, elsewhere: elsewhere === 1 }
}
