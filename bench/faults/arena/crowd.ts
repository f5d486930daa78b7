import { createSecretKey, hash, type KeyObject } from 'node:crypto'
import type { Redis } from 'ioredis'
import { unseal } from '#core/keys/seal.ts'
import type { StoredMacKey } from '#core/keys/stored-ring.ts'
import { writeRefreshToken } from '#core/tokens/refresh-token.ts'
import { readFamily, writeFamily } from '#stores/redis/family-record.ts'
import { keyMargin } from '#stores/redis/scripts.ts'
import { beginFamily, refresh, signIn } from '../drive/steps.ts'
import { withRedis } from '../lab/redis-node.ts'
import { until } from '../lab/until.ts'
import type { Arena } from './arena.ts'
import { keyOf } from './look-at-families.ts'

export type CrowdSize = {
  readonly families: number
  readonly people: number
  readonly clients: number
  /** Of the families that are in Redis, the last ones. */
  readonly revocations: number
}

/** A crowd that nobody had to sign in: copies of one family that somebody did begin. */
export type Crowd = {
  /** Redis memory of one family, key and overhead included. */
  readonly bytes: number
  /** The client of a family, counted from 0: the app itself for every even one, all clients in turn for the others. */
  client(index: number): string
  /** The refresh token that a family of the crowd begins with. */
  token(index: number): string
}

/** The generation that every family of the crowd has: it has been rotated once. */
const generation = 2
const batch = 5000
/** Rows that one statement writes. */
const most = 100_000

/**
 * Puts a crowd into both stores in bulk: the rows of one person, client and family that the product wrote, copied in SQL
 * under other ids, and records in Redis that its own code writes. `secret` is the one that its keys are sealed under.
 */
export async function seedCrowd(arena: Arena, secret: string, size: CrowdSize): Promise<Crowd> {
  const { postgres, redis, issuer } = arena
  const template = await aTemplate(arena)
  await seedSql(arena, template, size)
  const key = await openMacKey(arena, secret)
  const ids = (index: number) => familyOf(index, template.clientId, size)
  const bytes = await withRedis(redis.url, (connection) => seedRedis(connection, template, size))
  await postgres.query('VACUUM ANALYZE')
  await postgres.query('CHECKPOINT')
  return {
    bytes,
    client: (index) => ids(index).clientId,
    token(index) {
      const { id, clientId } = ids(index)
      return writeRefreshToken(key, { issuer, familyId: id, generation, clientId })
    },
  }
}

type Template = { readonly id: string; readonly clientId: string; readonly text: string }

/** A family that outlives its session, rotated once, as Redis holds it. */
async function aTemplate({ stage, redis }: Arena): Promise<Template> {
  const [person] = stage.people
  if (!person) throw new Error('nobody is there to sign in')
  // On a computer that is busy elsewhere a sign-in may need a second attempt.
  const family = await until(
    async () => {
      const first = await signIn(stage, person)
      return first && beginFamily(stage, first.session, true)
    },
    { within: 30_000, what: 'a sign-in' },
  )
  if (!(await refresh(stage, family, { pause: 100, within: 10_000 }))) throw new Error('a new family is not refreshed')
  const id = family.tokens.at(-1)?.split('.')[1] ?? ''
  return { id, clientId: stage.client.id, text: String(await redis.command('GET', keyOf(id))) }
}

async function openMacKey({ postgres }: Arena, secret: string): Promise<{ kid: string; secret: KeyObject }> {
  const [row] = await postgres.query('SELECT keys FROM "KeyRing"')
  const stored = (row?.keys as readonly StoredMacKey[] | undefined)?.find(({ use }) => use === 'mac')
  if (!stored) throw new Error('the ring has no MAC key')
  return { kid: stored.kid, secret: createSecretKey(await unseal(stored.sealed, stored, secret)) }
}

/** Ids are as long as real ones, and SQL computes the same. */
function idOf(prefix: string, index: number): string {
  return prefix + hash('sha256', `${prefix}${index}`, 'base64url').slice(0, 22)
}

function sqlId(prefix: string, index: string): string {
  const digest = `encode(sha256(('${prefix}' || (${index}))::bytea), 'base64')`
  return `'${prefix}' || left(translate(${digest}, '+/', '-_'), 22)`
}

function familyOf(index: number, app: string, { people, clients }: CrowdSize) {
  const turn = Math.floor(index / 2) % clients
  const clientId = index % 2 === 0 || turn === 0 ? app : idOf('client_', turn)
  return { id: idOf('fam_', index), clientId, userId: idOf('usr_', index % people), sid: idOf('ses_', index) }
}

/** Copies rows under other ids: `changes` are the columns that differ, as SQL over the number `n`. */
function copies(table: string, where: string, changes: { readonly [column: string]: string }): string {
  const pairs = Object.entries(changes).map(([column, value]) => `'${column}', ${value}`)
  return `INSERT INTO "${table}" SELECT copy.* FROM "${table}" AS one, generate_series($1::int, $2::int) AS n,
    LATERAL jsonb_populate_record(one, jsonb_build_object(${pairs.join(', ')})) AS copy WHERE one.${where}`
}

async function seedSql({ postgres, stage }: Arena, { id, clientId }: Template, size: CrowdSize): Promise<void> {
  const { families, people, clients, revocations } = size
  const name = `'lab-person-' || n`
  const person = `username = '${stage.people[0]?.username}'`
  const insert = async (sql: string, from: number, to: number) => {
    for (let at = from; at < to; at += most) await postgres.query(sql, [at, Math.min(to, at + most) - 1])
  }
  await insert(copies('User', person, { sub: sqlId('usr_', 'n'), username: name, email: 'NULL' }), 0, people)
  const named = `INSERT INTO "LoginName" SELECT ${name}, ${sqlId('usr_', 'n')} FROM generate_series($1::int, $2::int) AS n`
  await insert(named, 0, people)
  await insert(copies('Client', `id = '${clientId}'`, { id: sqlId('client_', 'n') }), 1, clients)
  const turn = `(n / 2) % ${clients}`
  const client = `CASE WHEN n % 2 = 0 OR ${turn} = 0 THEN '${clientId}' ELSE ${sqlId('client_', turn)} END`
  const owners = { id: sqlId('fam_', 'n'), clientId: client, userId: sqlId('usr_', `n % ${people}`) }
  const floor = { sid: sqlId('ses_', 'n'), generation: `${generation}` }
  await insert(copies('FamilyFact', `id = '${id}'`, { ...owners, ...floor }), 0, families)
  const ended = families - revocations
  const ends = `INSERT INTO "End" (kind, id, version, reason, at, until, "appliedAt")
    SELECT 'family', ${sqlId('fam_', 'n')}, -1, 'revoked_by_client', now(), now() + interval '30 days', now()
    FROM generate_series($1::int, $2::int) AS n`
  await insert(ends, ended, families)
  const closed = `UPDATE "FamilyFact" SET "endedAt" = now(), "endReason" = 'revoked_by_client'
    WHERE id IN (SELECT ${sqlId('fam_', 'n')} FROM generate_series($1::int, $2::int) AS n)`
  await insert(closed, ended, families)
}

/** All of them live first, which is what is measured; then the ends. Answers bytes per live family. */
async function seedRedis(redis: Redis, template: Template, size: CrowdSize): Promise<number> {
  const { family, generation: known, rotatedAt } = readFamily(template.id, template.text)
  if (known !== generation) throw new Error('the family to copy is not of the generation that is expected')
  const [, date = '', , , , from = ''] = template.text.split(' ')
  const head = await openHeads(redis)
  const expires = family.expiresAt.getTime() + keyMargin
  const before = await usedMemory(redis)
  await inBatches(redis, 0, size.families, (index) => {
    const ids = familyOf(index, template.clientId, size)
    const fields = writeFamily({ family: { ...family, ...ids }, generation, rotatedAt }).split(' ')
    // Who rotated it last is the fourth.
    fields[3] = from
    return [keyOf(ids.id), `${head('l', ids.id)} ${date} ${fields.join(' ')}`, expires]
  })
  const bytes = Math.round(((await usedMemory(redis)) - before) / size.families)
  await inBatches(redis, size.families - size.revocations, size.families, (index) => {
    const id = idOf('fam_', index)
    return [keyOf(id), `${head('e', id)} ${date} `, expires]
  })
  return bytes
}

/** The keys of what Redis knows of each bucket. */
export function bucketKeys(): readonly string[] {
  return Array.from({ length: 256 }, (_, at) => `signet:{b${at.toString(16).padStart(2, '0')}}:bucket`)
}

/** What a record begins with, by its state and id: records carry the epoch of their bucket. */
async function openHeads(redis: Redis): Promise<(state: 'l' | 'e', id: string) => string> {
  const epochs = await Promise.all(bucketKeys().map((key) => redis.hget(key, 'e')))
  return (state, id) => {
    const epoch = Number(epochs[Number.parseInt(hash('sha256', id).slice(0, 2), 16)])
    if (!(epoch > 0)) throw new Error('a bucket is being rebuilt while the crowd comes')
    return `f${state}${epoch.toString(16)}`
  }
}

type Write = (index: number) => readonly [key: string, text: string, expires: number]

async function inBatches(redis: Redis, from: number, to: number, write: Write): Promise<void> {
  for (let at = from; at < to; at += batch) {
    const pipeline = redis.pipeline()
    for (let index = at; index < Math.min(to, at + batch); index++) {
      const [key, text, expires] = write(index)
      pipeline.set(key, text, 'PXAT', expires)
    }
    const answers = (await pipeline.exec()) ?? []
    const failed = answers.find(([error]) => error !== null)
    if (failed) throw failed[0]
  }
}

async function usedMemory(redis: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1])
}
