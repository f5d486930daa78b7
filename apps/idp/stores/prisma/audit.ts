import {
  type AuditEvent,
  type AuditEventName,
  type AuditFilter,
  type AuditStore,
  auditEvents,
} from '#core/audit/audit-event.ts'
import type { Prisma } from '#prisma/generated/sqlite/client/client.ts'
import { storable } from '../storable.ts'
import type { Database } from './database.ts'
import { groupCommit } from './group-commit.ts'
import type { Tables } from './prisma-client.ts'
import { ensure, readObject, readWord } from './read-value.ts'

/** Rows per statement: below what either database takes as parameters. */
const rowsPerStatement = 500
const longestAgent = 1024
/** Batches of one commit, and how many may wait for theirs. */
const limits = { most: 50, waiting: 2000 }

type Row = Prisma.AuditEventCreateManyInput

/**
 * The audit trail in SQL. A batch is kept whole or not at all, together with those that came at the same time, and may be put
 * again after a failure whose outcome is unknown. Texts that come from outside are made fit to be kept, so that no request can keep its own line, or its
 * neighbours', out of the trail.
 */
export function prismaAudit(database: Database): AuditStore {
  const keep = groupCommit<readonly Row[]>({ ...limits, ...database.limits }, async (batches) => {
    const rows = batches.flat()
    await database.transact(
      (tables) => putNew(tables, rows),
      () => database.transact((tables) => putMissing(tables, rows)),
    )
    return async () => {}
  })

  return {
    put: (events) => keep(events.map(write)),

    async list(filter) {
      const most = filter.most === undefined ? {} : { take: filter.most }
      const query: Prisma.AuditEventFindManyArgs = { where: where(filter), orderBy: { id: 'asc' }, ...most }
      return (await database.run((tables) => tables.auditEvent.findMany(query))).map(read)
    },
  }
}

async function putNew(tables: Tables, rows: readonly Row[]): Promise<void> {
  for (let at = 0; at < rows.length; at += rowsPerStatement) {
    await tables.auditEvent.createMany({ data: rows.slice(at, at + rowsPerStatement) })
  }
}

/** Some of the batch is there already: a put that seemed to have failed had not. */
async function putMissing(tables: Tables, rows: readonly Row[]): Promise<void> {
  for (const create of rows) await tables.auditEvent.upsert({ where: { id: create.id }, create, update: {} })
}

function where({ userId, clientId, since, after }: AuditFilter): Prisma.AuditEventWhereInput {
  return {
    ...(userId === undefined ? {} : { userId: storable(userId) }),
    ...(clientId === undefined ? {} : { clientId: storable(clientId) }),
    ...(since === undefined ? {} : { at: { gte: since } }),
    ...(after === undefined ? {} : { id: { gt: storable(after) } }),
  }
}

function write(event: AuditEvent): Row {
  return {
    id: event.id,
    at: event.at,
    event: event.event,
    outcome: event.outcome,
    actor: storable(event.actor),
    userId: optional(event.userId),
    clientId: optional(event.clientId),
    sessionId: optional(event.sessionId),
    familyId: optional(event.familyId),
    address: optional(event.address),
    agent: optional(event.agent, longestAgent),
    requestId: optional(event.requestId),
    details: Object.fromEntries(
      Object.entries(event.details).map(([name, value]) => [
        storable(name),
        typeof value === 'string' ? storable(value, longestAgent) : value,
      ]),
    ),
  }
}

function optional(text: string | undefined, longest?: number): string | null {
  return text === undefined ? null : storable(text, longest)
}

function read(row: Prisma.AuditEventGetPayload<object>): AuditEvent {
  const what = `audit event ${row.id}`
  return {
    ...row,
    event: readEventName(row.event, what),
    outcome: readWord(row.outcome, ['success', 'failure'], what),
    userId: row.userId ?? undefined,
    clientId: row.clientId ?? undefined,
    sessionId: row.sessionId ?? undefined,
    familyId: row.familyId ?? undefined,
    address: row.address ?? undefined,
    agent: row.agent ?? undefined,
    requestId: row.requestId ?? undefined,
    details: readDetails(row.details, what),
  }
}

function readEventName(name: string, what: string): AuditEventName {
  ensure(isEventName(name), `the name of ${what}`)
  return name
}

function isEventName(name: string): name is AuditEventName {
  return Object.hasOwn(auditEvents, name)
}

function readDetails(value: unknown, what: string): AuditEvent['details'] {
  const details: { [name: string]: string | number | boolean } = {}
  for (const [name, detail] of Object.entries(readObject(value, what))) {
    const isPlain = typeof detail === 'string' || typeof detail === 'number' || typeof detail === 'boolean'
    ensure(isPlain, `the details of ${what}`)
    details[name] = detail
  }
  return details
}
