import { later } from '#core/clock.ts'
import type { End } from '#core/tokens/fact-store.ts'
import type { Database } from './database.ts'
import { endKey, readEnd } from './fact-rows.ts'

/** Seconds that the clocks of two machines may be apart: the version says what is older, never they. */
const clocksApart = 10 * 60

/** Facts that are closed at once, so that nobody waits long for their rows. */
const rowsAtOnce = 1000
/** Milliseconds after which the caller is not kept waiting any longer; the rest is closed behind its back. */
const patience = 1000

/**
 * Closes what an end by version reaches and is open yet: what is of that person or client, or everything, and copied an
 * older version; the end may be put again when there is something newer. The version itself decides who is let in, so that
 * this may take its time, a million facts do, and never rejects: a purge goes on with what is left, as it does with what
 * a process that died has left.
 */
export async function closeOlder(database: Database, end: End): Promise<void> {
  if (end.kind !== 'user' && end.kind !== 'client' && end.kind !== 'everything') return
  const where = { kind_id_version: endKey(end) }
  const until = performance.now() + patience
  try {
    const first = readEnd(await database.run((tables) => tables.end.findUniqueOrThrow({ where })))
    while (performance.now() < until) if (isAll(await closeSome(database, first))) return
    closeAll(database, first).catch(() => 'a purge goes on with it')
  } catch {
    // The end is kept: who asked for it must not be told otherwise.
  }
}

/** How many of the latest ends by version a purge looks at, of those that end much and of those of one person. */
const latest = 50
const kinds = [['client', 'everything'], ['user']]

/**
 * Closes all that the latest ends by version reach, where whoever put them has not come to it. An end that has nothing
 * more to close is not asked about again. An aborted signal stops it after the batch that is under way.
 */
export function leftCloser(database: Database): (signal?: AbortSignal) => Promise<void> {
  let closed: ReadonlySet<string> = new Set()
  return async (signal) => {
    const ends = await listLatest(database)
    // Those that newer ones have displaced are forgotten.
    closed = closed.intersection(new Set(ends.map(nameOf)))
    for (const row of ends) {
      if (signal?.aborted) return
      if (!closed.has(nameOf(row)) && (await closeAll(database, readEnd(row), signal)) === 0)
        closed = closed.union(new Set([nameOf(row)]))
    }
  }
}

async function listLatest(database: Database) {
  const list = (some: string[]) => {
    const where = { kind: { in: some } }
    return database.run((tables) => tables.end.findMany({ where, orderBy: { at: 'desc' }, take: latest }))
  }
  return (await Promise.all(kinds.map(list))).flat()
}

const nameOf = ({ kind, id, version }: { kind: string; id: string; version: number }) => `${kind} ${id} ${version}`

/** Answers how many it has closed; undefined where it was told to stop. */
async function closeAll(database: Database, end: End, signal?: AbortSignal): Promise<number | undefined> {
  for (let count = 0; !signal?.aborted; ) {
    const closed = await closeSome(database, end)
    count += closed.families + closed.sessions
    if (isAll(closed)) return count
    await new Promise(setImmediate)
  }
  return undefined
}

type Closed = { readonly families: number; readonly sessions: number }

const isAll = ({ families, sessions }: Closed) => families < rowsAtOnce && sessions < rowsAtOnce

/** Closes a batch, and answers how many that were: less than a whole one where all are closed now. */
async function closeSome(database: Database, end: End): Promise<Closed> {
  const { kind, at, reason } = end
  const data = { endedAt: at, endReason: reason }
  const [limit, open] = [rowsAtOnce, { endedAt: null }]
  const ours = { ...open, ...reachedFamilies(end) }
  const families = await database.run((tables) => tables.familyFact.updateMany({ where: ours, data, limit }))
  if (kind === 'client') return { families: families.count, sessions: 0 }
  const mine = { ...open, ...reachedSessions(end) }
  const sessions = await database.run((tables) => tables.sessionFact.updateMany({ where: mine, data, limit }))
  return { families: families.count, sessions: sessions.count }
}

/** The sessions that an end by version reaches, of one person or of everybody; their families likewise. */
export function reachedSessions(end: End) {
  if (end.kind === 'user') return { ...isOlder('userVersion', end), userId: end.id }
  return isOlder('everythingVersion', end)
}

function reachedFamilies(end: End) {
  return end.kind === 'client' ? { ...isOlder('clientVersion', end), clientId: end.id } : reachedSessions(end)
}

/**
 * What copied an older version than the one in force. What began long after the end did not, which spares a look at it;
 * where an older Signet wrote the row, its date alone says it.
 */
function isOlder(copied: 'userVersion' | 'clientVersion' | 'everythingVersion', { version = 0, at }: End) {
  const older = [{ [copied]: { lt: version } }, { [copied]: null, createdAt: { lte: at } }]
  return { createdAt: { lte: later(at, clocksApart) }, OR: older }
}
