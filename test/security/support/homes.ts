import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { type TestClock, testClock } from '#test/support/clock.ts'
import { freePorts } from '#test/support/free-ports.ts'
import { startPostgres, whyNoPostgres } from '#test/support/postgres.ts'
import { startPrivateRedis, whyNoPrivateRedis } from '#test/support/redis.ts'
import { aServer, type ServerOptions } from '#test/support/server.ts'
import { aWorld, type World } from './world.ts'

/** Where a world lives, so that it can be started again: folders, a port, stores of its own, and the time. */
export type Home = {
  readonly folder: string
  readonly clock: TestClock
  /** Starts the world for the first time. */
  move(more?: Pick<ServerOptions, 'tamper'>): Promise<World>
  /** The same world after its server was closed, Redis killed (`kill -9`), and all of it started again. */
  restart(world: World): Promise<World>
  /** Where Redis and PostgreSQL can be reached; empty for the embedded stores. */
  readonly flags: { readonly [setting: string]: string }
  leave(): Promise<void>
}

type Outside = Pick<Home, 'flags' | 'leave'> & { readonly restartStores: () => Promise<void> }

const embedded = async (): Promise<Outside> => ({ flags: {}, restartStores: async () => {}, leave: async () => {} })

async function servers(): Promise<Outside> {
  const redis = await startPrivateRedis()
  const postgres = await startPostgres()
  return {
    flags: { 'redis.url': redis.url, 'database.url': await postgres.openDatabase() },
    restartStores: () => redis.restart(),
    leave: async () => void (await Promise.all([redis.stop(), postgres.stop()])),
  }
}

async function aHome(outside: Outside): Promise<Home> {
  const folder = mkdtempSync(join(tmpdir(), 'signet-home-'))
  const [port = 0] = await freePorts(1)
  const clock = testClock()
  const folders = { 'data.directory': join(folder, 'data'), 'keys.directory': join(folder, 'keys') }
  const address = { 'listen.port': String(port), issuer: `http://localhost:${port}` }
  const options = { stores: 'real', clock, flags: { ...folders, ...address, ...outside.flags } } as const
  return {
    flags: outside.flags,
    folder,
    clock,
    move: (more = {}) => aWorld({ ...options, ...more }),
    async restart(world) {
      await world.server.close()
      await outside.restartStores()
      const server = await aServer(options)
      return { ...world, server, close: () => server.close() }
    },
    async leave() {
      await outside.leave()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const kinds = [
  { name: 'embedded and SQLite', whyNot: undefined, open: embedded },
  { name: 'Redis and PostgreSQL', whyNot: whyNoPrivateRedis() ?? whyNoPostgres(), open: servers },
]

/** Runs a suite in a home of each kind; one that cannot be had here is reported as skipped. */
export function describeHomes(what: string, suite: (home: () => Home) => void): void {
  for (const { name, whyNot, open } of kinds) {
    describe.skipIf(whyNot)(`${what}, ${name}${whyNot ? ` (${whyNot})` : ''}`, () => {
      let home: Home
      beforeAll(async () => {
        home = await aHome(await open())
      })
      afterAll(() => home.leave())
      suite(() => home)
    })
  }
}
