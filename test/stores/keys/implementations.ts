import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KeyStore } from '#core/keys/stored-ring.ts'
import { openFileKeyStore } from '#stores/files/file-key-store.ts'
import { memoryKeys } from '#stores/memory/durable-keys.ts'
import { migrate } from '#stores/prisma/migrate.ts'
import { openPrismaStores } from '#stores/prisma/open-prisma-stores.ts'
import { startPostgres, type TestPostgres, whyNoPostgres } from '#test/support/postgres.ts'

/** Opens a store on a fresh place. Every call of `another` is an instance of its own on the same place. */
export type KeyPlace = { readonly store: KeyStore; another(): Promise<KeyStore> }

export type Implementation = {
  readonly name: string
  /** In words, why it cannot run here. */
  readonly whyNot: string | undefined
  readonly start: () => Promise<{ open: () => Promise<KeyPlace>; stop: () => Promise<void> }>
}

const memory: Implementation = {
  name: 'memory',
  whyNot: undefined,
  start: async () => ({
    async open() {
      const store = memoryKeys()
      return { store, another: async () => store }
    },
    stop: async () => {},
  }),
}

const files: Implementation = {
  name: 'files',
  whyNot: undefined,
  async start() {
    const root = mkdtempSync(join(tmpdir(), 'signet-keys-'))
    let places = 0
    return {
      async open() {
        const directory = join(root, `${places++}`, 'keys')
        return { store: openFileKeyStore(directory), another: async () => openFileKeyStore(directory) }
      },
      stop: async () => rmSync(root, { recursive: true, force: true }),
    }
  },
}

const sqlite: Implementation = {
  name: 'SQLite',
  whyNot: undefined,
  async start() {
    const root = mkdtempSync(join(tmpdir(), 'signet-keys-'))
    let places = 0
    const databases = openDatabases(async () => `file:${join(root, `${places++}.db`)}`)
    return {
      open: databases.open,
      async stop() {
        await databases.close()
        rmSync(root, { recursive: true, force: true })
      },
    }
  },
}

const postgresql: Implementation = {
  name: 'PostgreSQL',
  whyNot: whyNoPostgres(),
  async start() {
    const server: TestPostgres = await startPostgres()
    const databases = openDatabases(() => server.openDatabase())
    return {
      open: databases.open,
      async stop() {
        await databases.close()
        await server.stop()
      },
    }
  },
}

export const implementations = [memory, files, sqlite, postgresql]

function openDatabases(newUrl: () => Promise<string>) {
  const opened: { close(): Promise<void> }[] = []
  async function connect(url: string): Promise<KeyStore> {
    const stores = await openPrismaStores({ url })
    opened.push(stores)
    return stores.databaseKeys
  }
  return {
    async open(): Promise<KeyPlace> {
      const url = await newUrl()
      await migrate(url)
      return { store: await connect(url), another: () => connect(url) }
    },
    async close() {
      await Promise.all(opened.map((stores) => stores.close()))
    },
  }
}
