import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { openMemoryDurableStores } from '#stores/memory/durable-stores.ts'
import { migrate } from '#stores/prisma/migrate.ts'
import { openPrismaStores } from '#stores/prisma/open-prisma-stores.ts'
import type { DurableStores } from '#stores/stores.ts'
import { startPostgres, whyNoPostgres } from '#test/support/postgres.ts'

/** Where databases of one kind come from. */
export type Databases = {
  /** An empty one. */
  openDatabase(): Promise<string>
  /** One that is up to date and has no rows. */
  openMigrated(): Promise<string>
  stop(): Promise<void>
}

export type DatabaseKind = {
  readonly name: 'SQLite' | 'PostgreSQL'
  readonly provider: 'sqlite' | 'postgresql'
  /** In words, why it cannot run here. */
  readonly whyNot: string | undefined
  readonly start: () => Promise<Databases>
}

const sqlite: DatabaseKind = {
  name: 'SQLite',
  provider: 'sqlite',
  whyNot: undefined,
  async start() {
    const directory = mkdtempSync(join(tmpdir(), 'signet-durable-'))
    let count = 0
    const openDatabase = async () => `file:${directory}/${++count}.db`
    return {
      openDatabase,
      async openMigrated() {
        const url = await openDatabase()
        await migrate(url)
        return url
      },
      stop: async () => rmSync(directory, { recursive: true, force: true }),
    }
  },
}

const postgres: DatabaseKind = {
  name: 'PostgreSQL',
  provider: 'postgresql',
  whyNot: whyNoPostgres(),
  start: startPostgres,
}

/** Runs a suite on every kind of database; one that cannot run here is reported as skipped. */
export function describeDatabases(
  noun: string,
  suite: (openDatabase: () => Promise<string>, kind: DatabaseKind & Pick<Databases, 'openMigrated'>) => void,
): void {
  for (const kind of [sqlite, postgres]) {
    const { name, whyNot, start } = kind
    describe.skipIf(whyNot)(`${noun}, ${name}${whyNot ? ` (${whyNot})` : ''}`, () => {
      let databases: Databases
      beforeAll(async () => {
        databases = await start()
      })
      afterAll(() => databases.stop())
      suite(() => databases.openDatabase(), { ...kind, openMigrated: () => databases.openMigrated() })
    })
  }
}

/** Opens empty stores. */
export type Open = () => Promise<DurableStores>

/** Runs one suite of promises against every implementation of the durable contracts. */
export function describeEach(noun: string, suite: (open: Open) => void): void {
  describe(`${noun}, memory`, () => suite(async () => openMemoryDurableStores()))
  describeDatabases(noun, (_, { openMigrated }) => {
    const opened: DurableStores[] = []
    afterEach(async () => {
      for (const stores of opened.splice(0)) await stores.close()
    })
    suite(async () => {
      const url = await openMigrated()
      // What is promised here is not how fast: a busy machine may take its time.
      const stores = await openPrismaStores({ url, statementTimeout: 15, lockTimeout: 10 })
      opened.push(stores)
      return stores
    })
  })
}
