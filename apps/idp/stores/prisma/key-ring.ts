import type { Clock } from '#core/clock.ts'
import type { KeyMemory } from '#core/keys/key-memory.ts'
import {
  decryptionAlgs,
  type KeyStore,
  type PublicJwk,
  type StoredKey,
  type StoredRing,
  signingAlgs,
} from '#core/keys/stored-ring.ts'
import type { Prisma } from '#prisma/generated/sqlite/client/client.ts'
import { compareTexts } from '../ordering.ts'
import type { Database } from './database.ts'
import { ensure, readDate, readNumber, readObject, readText, readWord } from './read-value.ts'

/** The ring is one row. */
const id = 1

/** The key ring in SQL, for several machines. */
export function prismaKeys(database: Database): KeyStore {
  return {
    async read() {
      const row = await database.run((tables) => tables.keyRing.findUnique({ where: { id } }))
      return row === null ? undefined : { version: row.version, keys: readKeys(row.keys) }
    },

    async version() {
      const select = { version: true } as const
      return (await database.run((tables) => tables.keyRing.findUnique({ where: { id }, select })))?.version
    },

    put: (ring, seen) =>
      database.run<'stored' | 'conflict'>(
        async (tables) => {
          const data = { version: ring.version, keys: ring.keys.map(writeKey) }
          if (seen === undefined) {
            await tables.keyRing.create({ data: { id, ...data } })
            return 'stored'
          }
          const changed = await tables.keyRing.updateMany({ where: { id, version: seen }, data })
          return changed.count > 0 ? 'stored' : 'conflict'
        },
        () => 'conflict',
      ),
  }
}

/** Which keys there ever were. */
export function prismaKeyMemory(database: Database, clock: Clock): KeyMemory {
  return {
    async list() {
      const rows = await database.run((tables) => tables.knownKey.findMany())
      return rows.map((row) => row.kid).sort(compareTexts)
    },

    async put(kids) {
      for (const kid of new Set(kids)) {
        const create = { kid, firstSeenAt: clock.now() }
        await database.run(
          async (tables) => {
            await tables.knownKey.upsert({ where: { kid }, create, update: {} })
          },
          () => {},
        )
      }
    },
  }
}

function writeKey(key: StoredKey): Prisma.InputJsonObject {
  const { createdAt, signsFrom, ...same } = key
  const base = { ...same, createdAt: createdAt.toISOString(), signsFrom: signsFrom.toISOString() }
  if (key.use === 'mac') return base
  return { ...base, compromisedAt: key.compromisedAt?.toISOString() ?? null }
}

function readKeys(value: unknown): StoredRing['keys'] {
  ensure(Array.isArray(value), 'the key ring')
  return value.map(readKey)
}

function readKey(value: unknown): StoredKey {
  const key = readObject(value, 'a key of the ring')
  const kid = readText(key.kid, 'the kid of a key')
  const what = `the key ${kid}`
  const base = {
    kid,
    createdAt: readDate(key.createdAt, what),
    signsFrom: readDate(key.signsFrom, what),
    tokenLife: readNumber(key.tokenLife, what),
    sealed: readText(key.sealed, what),
  }
  const use = readWord(key.use, ['sig', 'enc', 'mac'], what)
  if (use === 'mac') return { ...base, use, alg: readWord(key.alg, ['HS256'], what) }
  const pair = {
    ...base,
    publicJwk: readPublicJwk(key.publicJwk, what),
    compromisedAt: key.compromisedAt === null ? undefined : readDate(key.compromisedAt, what),
  }
  if (use === 'enc') return { ...pair, use, alg: readWord(key.alg, decryptionAlgs, what) }
  return { ...pair, use, alg: readWord(key.alg, signingAlgs, what) }
}

function readPublicJwk(value: unknown, what: string): PublicJwk {
  const members = Object.entries(readObject(value, what)).map(([name, member]) => [name, readText(member, what)])
  const jwk: { [member: string]: string } = Object.fromEntries(members)
  return { ...jwk, kty: readText(jwk.kty, what) }
}
