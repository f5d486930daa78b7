import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'
import { type Lab, openLab } from '#bench/faults/lab/lab.ts'
import { type PostgresNode, startPostgresNode, whyNoPostgresServer } from '#bench/faults/lab/postgres-node.ts'
import { type RedisNode, startRedisNode, whyNoRedisServer } from '#bench/faults/lab/redis-node.ts'
import { type TestClock, testClock } from '#test/support/clock.ts'
import { both, type Machines, type MachinesOptions, openMachines } from './machines.ts'
import type { Tokens } from './steps.ts'
import { expectDead } from './tokens.ts'

/** Two machines over a Redis and a PostgreSQL of their own, and the time of them all. */
export type Room = Machines & {
  readonly lab: Lab
  readonly redis: RedisNode
  readonly postgres: PostgresNode
  readonly clock: TestClock
  /** Where Redis, PostgreSQL and the sealing secret are. */
  readonly flags: { readonly [setting: string]: string }
}

export type RoomOptions = {
  readonly flags?: { readonly [setting: string]: string }
  /** What an answer may be besides: 503, where the suite makes stores fail. */
  readonly expected?: readonly number[]
  /** A clock for each machine, at every start of it; one that a test moves, for both, unless told. */
  readonly clock?: MachinesOptions['clock']
}

const whyNot = whyNoRedisServer() ?? whyNoPostgresServer()

/** Runs a suite on two machines, looked through for 5xx and secrets after each test; skipped where they cannot be had. */
export function describeMachines(what: string, suite: (room: () => Room) => void, options: RoomOptions = {}): void {
  describe.skipIf(whyNot)(`${what}, two machines${whyNot ? ` (${whyNot})` : ''}`, { timeout: 120_000 }, () => {
    let room: Room
    let lab: Lab
    beforeAll(async () => {
      lab = openLab()
      room = await furnish(lab, options)
    }, 120_000)
    afterEach(() => room?.world.check(options.expected))
    afterAll(() => lab?.close())
    suite(() => room)
  })
}

async function furnish(lab: Lab, { flags: more = {}, clock: clocks }: RoomOptions): Promise<Room> {
  const [redis, postgres] = await Promise.all([startRedisNode(lab), startPostgresNode(lab, { more: ['fsync=off'] })])
  // A flag holds no password, and this server trusts whoever comes.
  const database = Object.assign(new URL(postgres.url), { password: '' }).href
  const flags = {
    'redis.url': redis.url,
    'database.url': database,
    // A machine that runs tests may be slower than any that serves people.
    'database.statementTimeout': '10s',
    'keys.directory': lab.newFolder('keys'),
    ...more,
  }
  const clock = testClock()
  const machines = await openMachines({ flags, clock: clocks ?? clock })
  lab.defer(() => machines.close())
  return { ...machines, lab, redis, postgres, clock, flags }
}

/** Ended at both machines, at every place that a token can be shown, and at once. */
export async function expectDeadAtBoth({ at }: Machines, tokens: Tokens, because = ''): Promise<void> {
  for (const machine of both) await expectDead(at(machine), tokens, `${because} at machine ${machine}`)
}

/** Until both machines reach both stores again, and every bucket of Redis: seconds at most. */
export async function untilWhole({ server }: Machines): Promise<void> {
  for (const machine of both) {
    const { families, facts, rebuilding } = server(machine).stores
    const look = async () => {
      await Promise.all([facts.listPending(1), ...oneOfEachBucket.map((id) => families.find(id))])
      return rebuilding?.()
    }
    const isWhole = () => look().catch(() => 'away')
    await expect.poll(isWhole, { timeout: 20_000, interval: 100, message: `machine ${machine}` }).toBe(0)
  }
}

/** Ids of families that are not there, one for each of the 256 buckets. */
const oneOfEachBucket: readonly string[] = Array.from({ length: 256 }, (_, bucket) => {
  let count = 0
  while (createHash('sha256').update(`fam_${count}`).digest()[0] !== bucket) count++
  return `fam_${count}`
})
