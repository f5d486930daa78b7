import { join, raw, type Sql, sqltag as sql } from '@prisma/client/runtime/client'
import type { End, EndCursor, FamilyFact, SessionFact } from '#core/tokens/fact-store.ts'
import { compareTexts } from '../ordering.ts'
import type { Database } from './database.ts'
import { endKey, writeEnd, writeFamily, writeSession } from './fact-rows.ts'

/** Something to be kept before an answer leaves. */
export type FactItem =
  | { readonly session: SessionFact }
  | { readonly family: FamilyFact }
  | { readonly end: End }
  | { readonly claim: EndCursor; readonly appliedAt: Date }

/** The statements of some items: each is one for all of them. */
export type FactBatch = {
  /** What keeps births, ends and claims, and closes what the ends of sessions and families reach. In one transaction. */
  readonly keep: readonly Sql[]
  /**
   * What closes births and ends that met. After the commit: an end and a birth each write their own row first, commit,
   * and only then look at the other's, so that one of the two always sees both.
   */
  readonly look: readonly Sql[]
}

/** Groups items into statements; rows are in the order of their keys, so that two batches lock them in one order. */
export function factBatch(items: readonly FactItem[], { date }: Pick<Database, 'date'>): FactBatch {
  const sessions = items.flatMap((item) => ('session' in item ? [writeSession(item.session)] : []))
  const families = items.flatMap((item) => ('family' in item ? [writeFamily(item.family)] : []))
  const ends = items.flatMap((item) => ('end' in item ? [writeEnd(item.end)] : []))
  const claims = items.flatMap((item) => ('claim' in item ? [item] : []))

  const idsOf = (kind: End['kind']) => ends.filter((end) => end.kind === kind).map((end) => end.id)
  const [endedFamilies, endedSessions] = [idsOf('family'), idsOf('session')]
  const bound = families.flatMap(({ sessionId }) => sessionId ?? [])
  return {
    keep: [
      ...insert('SessionFact', sessions),
      ...insert('FamilyFact', families),
      ...insert('End', ends),
      ...note(claims, date),
      ...close(endedFamilies, endedSessions, endedSessions),
    ],
    look: close(
      [...endedFamilies, ...families.map(({ id }) => id)],
      [...endedSessions, ...sessions.map(({ id }) => id)],
      [...endedSessions, ...bound],
    ),
  }
}

type Row = { readonly [column: string]: unknown }

/** Adds rows, all of one shape; where there is one already, that one stays. */
function insert(table: string, rows: readonly Row[]): readonly Sql[] {
  const [first] = rows
  if (first === undefined) return []
  const columns = Object.keys(first)
  const names = raw(columns.map((column) => `"${column}"`).join(', '))
  const values = rows.toSorted(byKey).map((row) => sql`(${join(columns.map((column) => asValue(row[column])))})`)
  return [sql`INSERT INTO ${raw(`"${table}"`)} (${names}) VALUES ${join(values)} ON CONFLICT DO NOTHING`]
}

const byKey = (one: Row, other: Row) => compareTexts(keyOf(one), keyOf(other))

const keyOf = ({ kind, id, version }: Row) => `${kind} ${id} ${version}`

/** Arrays are kept as JSON. */
function asValue(value: unknown): unknown {
  return Array.isArray(value) ? JSON.stringify(value) : value
}

/** Notes when ends were applied; the first date stays. */
function note(claims: readonly { claim: EndCursor; appliedAt: Date }[], date: Database['date']): readonly Sql[] {
  if (claims.length === 0) return []
  const values = claims.map(({ claim, appliedAt }) => {
    const { kind, id, version } = endKey(claim)
    return sql`(${kind}, ${id}, ${version}, ${date(appliedAt)})`
  })
  return [
    sql`
      WITH "claims" ("ofKind", "of", "ofVersion", "then") AS (VALUES ${join(values)})
      UPDATE "End" SET "appliedAt" = "then" FROM "claims"
      WHERE "kind" = "ofKind" AND "id" = "of" AND "version" = CAST("ofVersion" AS INTEGER) AND "appliedAt" IS NULL`,
  ]
}

/**
 * Closes what is open and has ended by itself: families and sessions with these ids, and what is bound to these
 * sessions, which carries their `sid`. Taken from the ends as they are kept: the first reason and date.
 */
function close(families: readonly string[], sessions: readonly string[], sids: readonly string[]): readonly Sql[] {
  const [family, session] = [raw('"FamilyFact"'), raw('"SessionFact"')]
  return [
    ...closeOpen(family, families, sql`"End"."kind" = 'family' AND "End"."id" = ${family}."id" AND ${family}."id"`),
    ...closeOpen(session, sessions, sql`"End"."kind" = 'session' AND "End"."id" = ${session}."id" AND ${session}."id"`),
    ...closeOpen(
      family,
      sids,
      sql`"End"."kind" = 'session' AND "End"."id" = ${family}."sid" AND ${family}."sessionId" = ${family}."sid"
        AND ${family}."sid"`,
    ),
  ]
}

function closeOpen(table: Sql, ids: readonly string[], isOf: Sql): readonly Sql[] {
  if (ids.length === 0) return []
  return [
    sql`UPDATE ${table} SET "endedAt" = "End"."at", "endReason" = "End"."reason" FROM "End"
      WHERE ${isOf} IN (${join([...new Set(ids)])}) AND "End"."version" = -1 AND ${table}."endedAt" IS NULL`,
  ]
}
