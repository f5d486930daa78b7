import { later } from '#core/clock.ts'
import {
  type AskedRotation,
  excuseRepetition,
  type LiveFamily,
  type Outage,
  type Repetition,
  rotateFamily,
} from '#core/tokens/rotate-family.ts'
import type { FamilyStore, FoundFamily, Rotation, TokenFamily } from '#core/tokens/token-family.ts'
import { afterlife, laterOf, type Table, type Transactions } from './table.ts'

/** Token families over a table; `outage` is the latest time in which the store was away, where it was. */
export function familyStore({ read, write }: Transactions, outage: Outage | undefined): FamilyStore {
  return {
    begin: (family) => write((table) => begin(table, family)),
    find: (id) => read((table) => find(table, id)),
    rotate: (presented, wanted, rules) => write((table) => rotate(table, { presented, wanted, rules }, outage)),
    excuse: (presented, rules) => write((table) => excuse(table, { presented, rules }, outage)),
    recover: (found) => write((table) => recover(table, found)),
    revoke: (id, until) => write((table) => revoke(table, id, until)),
  }
}

/** An id that is in use is refused like an ended one: a family's generation can never start anew. */
function begin(table: Table, family: TokenFamily): 'begun' | 'ended' {
  if (table.get('family', family.id)) return 'ended'
  keep(table, { family, generation: 1, rotatedAt: family.createdAt, from: '' })
  return 'begun'
}

function find(table: Table, id: string): FoundFamily | 'lost' | undefined {
  const found = table.get('family', id)?.record
  if (!found) return 'lost'
  if (found === 'ended') return undefined
  return { family: found.family, generation: found.generation, rotatedAt: found.rotatedAt }
}

function rotate(table: Table, asked: AskedRotation, outage: Outage | undefined): Rotation {
  const found = table.get('family', asked.presented.familyId)?.record
  const { answer, kept } = rotateFamily(found, asked, table.now, outage)
  if (kept === 'ended' && answer.outcome === 'reused')
    revoke(table, answer.family.id, later(answer.family.expiresAt, afterlife))
  else if (kept && kept !== 'ended') keep(table, kept)
  return answer
}

function excuse(table: Table, asked: Repetition, outage: Outage | undefined): void {
  const kept = excuseRepetition(table.get('family', asked.presented.familyId)?.record, asked, table.now, outage)
  if (kept) keep(table, kept)
}

/** Whatever is there already, live or ended, knows better than SQL. */
function recover(table: Table, { family, generation, rotatedAt }: FoundFamily): 'recovered' | 'known' {
  if (table.get('family', family.id)) return 'known'
  keep(table, { family, generation, rotatedAt, from: '' })
  return 'recovered'
}

function revoke(table: Table, id: string, until: Date): void {
  table.put('family', id, { record: 'ended', until: laterOf(until, table.get('family', id)?.until) })
}

function keep(table: Table, live: LiveFamily): void {
  table.put('family', live.family.id, { record: live, until: live.family.expiresAt })
}
