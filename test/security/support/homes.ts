import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { type TestClock, testClock } from '#test/support/clock.ts'
import { freePorts } from '#test/support/free-ports.ts'
import { startPostgres, whyNoPostgres } from '#test/support/postgres.ts'
import { startPrivateRedis, whyNoPrivateRedis } from '#test/support/redis.ts'
import { aServer, type ServerOptions } from '#test/support/server.ts'
import { both, type Machines, openMachines } from './machines.ts'
import { aWorld, type World } from './world.ts'

/** Where a world lives, so that it can be started again: folders, a port, stores of its own, and the time. */
export type Home = {
  readonly folder: string
  readonly clock: TestClock
  /** Starts the world for the first time. */
  move(more?: Pick<ServerOptions, 'tamper'>): Promise<World>
  /**
   * The same world after its server was closed (both of them), Redis killed (`kill -9`), and all of it started again;
   * `meanwhile` runs while nothing does.
   */
  restart(world: World, meanwhile?: () => void): Promise<World>
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

/** Where one server lives. */
async function aHome(outside: Outside): Promise<Home> {
  const [port = 0] = await freePorts(1)
  const address = { 'listen.port': String(port), issuer: `http://localhost:${port}` }
  return homeOf(outside, ({ clock, flags }) => {
    const options = { stores: 'real', clock, flags: { ...flags, ...address } } as const
    return {
      move: (more) => aWorld({ ...options, ...more }),
      async restart(world, whileDown) {
        await world.server.close()
        await whileDown()
        const server = await aServer(options)
        return { ...world, server, close: () => server.close() }
      },
    }
  })
}

/** Where two machines live, whose requests take turns. */
async function twoMachines(outside: Outside): Promise<Home> {
  return homeOf(outside, ({ clock, flags }) => {
    let machines: Machines
    return {
      async move(more) {
        machines = await openMachines({ clock, flags, ...more })
        return machines.world
      },
      async restart(_world, whileDown) {
        for (const machine of both) await machines.stop(machine)
        await whileDown()
        for (const machine of both) await machines.start(machine)
        return machines.world
      },
    }
  })
}

type Tenant = {
  readonly move: (more?: Pick<ServerOptions, 'tamper'>) => Promise<World>
  readonly restart: (world: World, whileDown: () => Promise<void>) => Promise<World>
}

function homeOf(outside: Outside, settle: (of: Pick<Home, 'clock' | 'flags'>) => Tenant): Home {
  const folder = mkdtempSync(join(tmpdir(), 'signet-home-'))
  const clock = testClock()
  const folders = { 'data.directory': join(folder, 'data'), 'keys.directory': join(folder, 'keys') }
  const { move, restart } = settle({ clock, flags: { ...folders, ...outside.flags } })
  return {
    flags: outside.flags,
    folder,
    clock,
    move,
    restart: (world, meanwhile = () => {}) =>
      restart(world, async () => {
        meanwhile()
        await outside.restartStores()
      }),
    async leave() {
      await outside.leave()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The home of the default: no server beside our own. */
export const embeddedHome: Kind = {
  name: 'embedded and SQLite',
  whyNot: undefined,
  open: async () => aHome(await embedded()),
}

type Kind = { readonly name: string; readonly whyNot: string | undefined; readonly open: () => Promise<Home> }

const kinds: readonly Kind[] = [
  embeddedHome,
  {
    name: 'two machines over Redis and PostgreSQL',
    whyNot: whyNoPrivateRedis() ?? whyNoPostgres(),
    open: async () => twoMachines(await servers()),
  },
]

/** Runs a suite in a home of each kind; one that cannot be had here is reported as skipped. */
export function describeHomes(what: string, suite: (home: () => Home) => void, of = kinds): void {
  for (const { name, whyNot, open } of of) {
    describe.skipIf(whyNot)(`${what}, ${name}${whyNot ? ` (${whyNot})` : ''}`, () => {
      let home: Home
      beforeAll(async () => {
        home = await open()
      })
      afterAll(() => home.leave())
      suite(() => home)
    })
  }
}
