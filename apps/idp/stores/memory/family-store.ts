import { later } from '#core/clock.ts'
import { type AskedRotation, type LiveFamily, rotateFamily } from '#core/tokens/rotate-family.ts'
import type { FamilyStore, Rotation, TokenFamily } from '#core/tokens/token-family.ts'
import { afterlife, laterOf, type Table, type Transactions } from './table.ts'

/** Token families over a table. */
export function familyStore({ read, write }: Transactions): FamilyStore {
  return {
    begin: (family) => write((table) => begin(table, family)),
    find: (id) => read((table) => find(table, id)),
    rotate: (presented, wanted, rules) => write((table) => rotate(table, { presented, wanted, rules })),
    revoke: (id, until) => write((table) => revoke(table, id, until)),
  }
}

/** An id that is in use is refused like an ended one: a family's generation can never start anew. */
function begin(table: Table, family: TokenFamily): 'begun' | 'ended' {
  if (table.get('family', family.id)) return 'ended'
  keep(table, { family, generation: 1, rotatedAt: family.createdAt, from: '' })
  return 'begun'
}

function find(table: Table, id: string) {
  const live = findLive(table, id)
  return live && { family: live.family, generation: live.generation, rotatedAt: live.rotatedAt }
}

function rotate(table: Table, asked: AskedRotation): Rotation {
  const live = findLive(table, asked.presented.familyId)
  const { answer, kept } = rotateFamily(live, asked, table.now)
  if (kept === 'ended' && live) revoke(table, live.family.id, later(live.family.expiresAt, afterlife))
  else if (kept && kept !== 'ended') keep(table, kept)
  return answer
}

function revoke(table: Table, id: string, until: Date): void {
  table.put('family', id, { record: 'ended', until: laterOf(until, table.get('family', id)?.until) })
}

function findLive(table: Table, id: string): LiveFamily | undefined {
  const found = table.get('family', id)?.record
  return found === 'ended' ? undefined : found
}

function keep(table: Table, live: LiveFamily): void {
  table.put('family', live.family.id, { record: live, until: live.family.expiresAt })
}
