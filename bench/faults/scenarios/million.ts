import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import { type Arena, type ArenaOptions, openArena } from '../arena/arena.ts'
import { bucketKeys, type Crowd, seedCrowd } from '../arena/crowd.ts'
import { type Drawn, type Measured, measure, openLot } from '../arena/measure.ts'
import { withRedis } from '../lab/redis-node.ts'
import { until } from '../lab/until.ts'
import { inArena } from './in-arena.ts'
import { openProbe, type Probe } from './recovery.ts'
import { type Figures, median, type Scenario, type Told } from './scenario.ts'
import { whyNoServers } from './why-not.ts'

/** A full house: what costs as much as in an empty one, and how soon it stands again. */
export const million: Scenario = {
  name: 'million',
  title: 'a million families, 100,000 people, 10,000 clients, 100,000 revocations',
  unit: 'families, with a tenth as many people and revocations and a hundredth as many clients',
  full: 1_000_000,
  small: 3000,
  async run(told) {
    const why = whyNoServers()
    if (why) return { notRun: why }
    const secret = randomBytes(32).toString('base64')
    const settings = { SIGNET_KEYS_SECRET: secret }
    // The journal is rewritten once, when the crowd is there.
    const redis = { more: ['auto-aof-rewrite-percentage 0'] }
    const options = { settings, machines: 1, redis, postgres: { more: ['max_wal_size=4GB'] } }
    return inArena(told, options, (arena) => fill(told, arena, { options, secret }))
  },
}

type House = { readonly options: Omit<ArenaOptions, 'seed'>; readonly secret: string }

/** Living families that are not drawn, for asking about them after everything was lost. */
const reserve = 100

/** What may be between the full system and the empty one. */
const most = 1.2

async function fill(told: Told, arena: Arena, { options, secret }: House): Promise<Figures> {
  const { amount, say, seed } = told
  const isFull = amount >= million.full
  const empty = await openArena({ ...options, seed })
  try {
    const begun = performance.now()
    const tenth = Math.ceil(amount / 10)
    const size = { families: amount, people: tenth, clients: Math.ceil(amount / 100), revocations: tenth }
    const crowd = await seedCrowd(arena, secret, size)
    say(`seeded after ${Math.round((performance.now() - begun) / 1000)} s, ${crowd.bytes} bytes for each family`)
    const few = await seedCrowd(empty, secret, { families: 2000, people: 20, clients: 2, revocations: 0 })
    for (const one of [arena, empty]) await rewriteJournal(one)
    const compared = await compare(told, { full: arena, empty, crowd, few }, amount - tenth)
    const returned = await comeBack(told, arena, crowd, amount - tenth)
    arena.history.expect({
      what: 'at most 350 bytes for each family',
      found: `${crowd.bytes}`,
      isMet: crowd.bytes <= 350 || !isFull,
    })
    return { ...size, 'bytes of Redis for each family': crowd.bytes, ...compared, ...returned }
  } finally {
    await empty.close()
  }
}

/** So that what is loaded is a base and not a million lines; answers when it is done. */
async function rewriteJournal({ redis }: Arena): Promise<void> {
  await redis.command('BGREWRITEAOF')
  const isDone = async () => {
    const info = String(await redis.command('INFO', 'persistence'))
    return info.includes('aof_rewrite_in_progress:0') && info.includes('aof_rewrite_scheduled:0')
  }
  await until(isDone, { within: 300_000, every: 200, what: 'a rewritten journal' })
}

type Both = { readonly full: Arena; readonly empty: Arena; readonly crowd: Crowd; readonly few: Crowd }

/** Empty, full, empty, full: the same refreshes at each, one after the other on the same machine. */
async function compare({ amount, say }: Told, { full, empty, crowd, few }: Both, live: number): Promise<Figures> {
  const isFull = amount >= million.full
  const [rounds, count] = isFull ? [7, 1500] : [2, 60]
  const lots = {
    empty: openLot(empty, few, { below: 2000, from: 0 }),
    full: openLot(full, crowd, { below: live - reserve, from: 0 }),
    spread: openLot(full, crowd, { below: live - reserve, from: 1 }),
  }
  const seen: { readonly [name in keyof typeof lots]: Measured[] } = { empty: [], full: [], spread: [] }
  const order: readonly (keyof typeof lots)[] = ['empty', 'full', 'spread']
  for (const name of order) await measure(lots[name], Math.ceil(count / 5))
  for (let round = 0; round < rounds; round++)
    for (const name of order) {
      const one = await measure(lots[name], count)
      seen[name].push(one)
      say(`${name}: ${one.micros.toFixed(1)} µs per script call, ${one.cpu.toFixed(2)} ms of CPU per refresh`)
    }
  const of = (name: keyof typeof seen, what: keyof Measured) => median(seen[name].map((one) => one[what]))
  for (const what of ['micros', 'cpu'] as const) {
    const ratio = of('full', what) / of('empty', what)
    // A few refreshes say nothing about what they cost.
    const isMet = !isFull || ratio <= most
    full.history.expect({ what: `${what}: as on the empty system`, found: ratio.toFixed(2), isMet })
  }
  const failed = Object.values(seen).flatMap((all) => all.map(({ failed: some }) => some))
  full.history.expect({
    what: 'every refresh of the crowd is answered 200',
    found: `${failed}`,
    isMet: failed.every((some) => some === 0),
  })
  return figuresOf(of, { rounds, count })
}

type Of = (name: 'empty' | 'full' | 'spread', what: keyof Measured) => number

function figuresOf(of: Of, { rounds, count }: { rounds: number; count: number }): Figures {
  const percent = (name: 'full' | 'spread', what: keyof Measured) =>
    `${((of(name, what) / of('empty', what) - 1) * 100).toFixed(1)} %`
  const script = 'Redis µs per script call'
  const cpu = 'CPU per refresh (ms)'
  return {
    'rounds of each': `${rounds}, ${count} refreshes each`,
    [`${script}, empty`]: Number(of('empty', 'micros').toFixed(2)),
    [`${script}, full`]: Number(of('full', 'micros').toFixed(2)),
    [`${script}, difference`]: percent('full', 'micros'),
    [`${cpu}, empty`]: Number(of('empty', 'cpu').toFixed(3)),
    [`${cpu}, full`]: Number(of('full', 'cpu').toFixed(3)),
    [`${cpu}, difference`]: percent('full', 'cpu'),
    [`${cpu}, full, spread over all clients`]: Number(of('spread', 'cpu').toFixed(3)),
    [`${script}, full, spread over all clients`]: Number(of('spread', 'micros').toFixed(2)),
  }
}

/** Killed and started on its files; then without them. Longer than it may take is a broken promise, and still a figure. */
async function comeBack({ say }: Told, arena: Arena, crowd: Crowd, live: number): Promise<Figures> {
  const { redis, history } = arena
  const probe = await openProbe(arena)
  const expectWithin = (what: string, back: number, most: number) => {
    history.expect({ what, found: `${Math.round(back)} ms`, isMet: back <= most })
    say(`${what}: ${Math.round(back)} ms`)
  }
  const restarted = await away(arena, probe, async () => {})
  expectWithin('Redis restarts within 15 s', restarted.back, 15_000)
  await askCrowd(arena, crowd, { live, untouched: 1, what: 'after a restart' })
  const wiped = await away(arena, probe, async () => {
    history.lose('wiped')
    redis.replaceFiles(undefined)
  })
  expectWithin('a rebuild takes 30 s at most', wiped.back, 30_000)
  await askCrowd(arena, crowd, { live, untouched: 2, what: 'after a rebuild' })
  const seconds = (time: number) => Number((time / 1000).toFixed(2))
  return {
    'Redis restart: until it has loaded (s)': seconds(restarted.loaded),
    'Redis restart: until refreshes are answered (s)': seconds(restarted.back),
    'Redis wiped: until refreshes are answered (s)': seconds(wiped.back),
  }
}

/** From the start of the server on: until it has loaded, and until every bucket is open and refreshes are answered. */
async function away({ redis, history, machines }: Arena, probe: Probe, change: () => Promise<void>) {
  const whole = history.break('redis')
  await redis.kill()
  await change()
  const rebuilt = history.break('rebuilding')
  const begun = performance.now()
  const loaded = await redis.start()
  whole()
  await until(() => withRedis(redis.url, isWhole).catch(() => false), { within: 600_000, what: 'open buckets' })
  await probe.untilBack(120_000)
  await until(() => machines[0]?.isReady() ?? false, { within: 60_000, what: 'a machine that is ready' })
  rebuilt()
  return { loaded, back: performance.now() - begun }
}

/** A bucket that is being rebuilt has an epoch below 0, one that was lost has none. */
async function isWhole(redis: Redis): Promise<boolean> {
  const epochs = await Promise.all(bucketKeys().map((key) => redis.hget(key, 'e')))
  return epochs.every((epoch) => Number(epoch) > 0)
}

type Asked = { readonly live: number; readonly untouched: number; readonly what: string }

/** Some of the revoked ones, and some that nobody has touched since they were begun. */
async function askCrowd(arena: Arena, crowd: Crowd, { live, untouched, what }: Asked): Promise<void> {
  const lot: Drawn = openLot(arena, crowd, { below: live, from: 0 })
  const seen = { revoked: 0, living: 0 }
  for (let at = 0; at < 20; at++) {
    if ((await lot.presentAt(live + 2 * at, { ends: true })).error === 'invalid_grant') seen.revoked++
    if ((await lot.presentAt(live - 2 * (20 * untouched + at))).done) seen.living++
  }
  const found = `${seen.revoked} of 20 revoked are refused, ${seen.living} of 20 living are refreshed`
  arena.history.expect({ what: `${what}: the crowd is as it was`, found, isMet: seen.revoked + seen.living === 40 })
}
