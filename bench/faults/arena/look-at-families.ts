import { hash } from 'node:crypto'
import type { LabFamily } from '../drive/cast.ts'
import type { Entry, Record } from '../history/history.ts'
import { isCertainEnd } from '../history/lineage.ts'
import type { Arena } from './arena.ts'

/** How a record is asked for by its key; the arena's one Redis server unless told. */
export type ReadRecord = (key: string) => Promise<unknown>

/** The prefix of keys, as the settings have it by default. */
const prefix = 'signet'

/**
 * Looks at the stores themselves for what was acknowledged: a family's live generation in Redis is at least the one that
 * was delivered last, and an acknowledged end is in both stores. What it finds is for an invariant to judge.
 */
export async function lookAtFamilies(
  { history, redis, postgres }: Arena,
  families: readonly LabFamily[],
  read: ReadRecord = (key) => redis.command('GET', key),
): Promise<void> {
  const byFamily = Map.groupBy(
    history.entries.filter(({ family }) => family !== undefined),
    ({ family }) => family,
  )
  const known = families.filter(({ tokens }) => tokens.length > 0)
  const ids = known.map(({ tokens }) => partsOf(tokens.at(-1) ?? '').id)
  const rows = await postgres.query(`SELECT id FROM "End" WHERE kind = 'family' AND id = ANY($1)`, [ids])
  const inSql = new Set(rows.map(({ id }) => id))
  for (const { name, tokens, isOver } of known) {
    const { id, generation } = partsOf(tokens.at(-1) ?? '')
    const record = readRecord(await read(keyOf(id)))
    const isEnded = record.state === 'ended'
    const found = record.state === 'live' ? `generation ${record.generation}` : record.state
    if (wasEnded(byFamily.get(name) ?? [], history.losses)) {
      history.look({ what: `${name} in Redis`, promised: 'ended', found, isLost: !isEnded })
      history.look({
        what: `${name} in SQL`,
        promised: 'ended',
        found: inSql.has(id) ? 'ended' : 'nothing',
        isLost: !inSql.has(id),
      })
    } else {
      // What lost its memory knows a family again when somebody asks for it; nobody asks for one that is over.
      const isGone = record.state === 'nothing' && !isOver
      const isLost = isGone || (record.state === 'live' && record.generation < generation)
      history.look({ what: `${name} in Redis`, promised: `generation ${generation}`, found, isLost })
    }
  }
}

function wasEnded(own: readonly Entry[], losses: Record['losses']): boolean {
  return own.some((entry) => entry.ends === true && isCertainEnd(entry, losses))
}

/** A refresh token says of itself which record it is about: `rt_<kid>.<family>.<generation>.<mac>`. */
function partsOf(token: string): { readonly id: string; readonly generation: number } {
  const [, id = '', generation = ''] = token.split('.')
  return { id, generation: Number(generation) }
}

/** The key of a family: its bucket is the first byte of SHA-256 of its id. */
export function keyOf(id: string): string {
  return `${prefix}:{b${hash('sha256', id).slice(0, 2)}}:f:${id}`
}

type Found = { readonly state: 'live'; readonly generation: number } | { readonly state: 'ended' | 'nothing' }

/** The letter of the type, that of the state, the epoch; a date; then the generation to base 16. */
function readRecord(text: unknown): Found {
  if (typeof text !== 'string') return { state: 'nothing' }
  const [head = '', , generation = ''] = text.split(' ')
  if (!head.startsWith('f')) throw new Error(`a record of a family begins with ${head.slice(0, 2)}`)
  return head[1] === 'l' ? { state: 'live', generation: Number.parseInt(generation, 16) } : { state: 'ended' }
}
