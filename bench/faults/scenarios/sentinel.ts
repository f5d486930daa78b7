import type { Arena } from '../arena/arena.ts'
import { lookAtFamilies } from '../arena/look-at-families.ts'
import { type Across, openAcross } from '../drive/across.ts'
import { briskly, type Pace, startLives } from '../drive/lives.ts'
import { settle } from '../drive/settle.ts'
import { processTree } from '../lab/guarded-process.ts'
import type { Lab } from '../lab/lab.ts'
import { until } from '../lab/until.ts'
import { type Member, startWatchedRedis, type WatchedRedis } from '../lab/watched-redis.ts'
import { inArena } from './in-arena.ts'
import { openProbe, type Probe } from './recovery.ts'
import { type Figures, middleAndWorst, type Outcome, type Scenario, type Told } from './scenario.ts'
import { whyNoServers } from './why-not.ts'

/** Fail-overs while every write waits for a replica: nothing that was acknowledged is lost. */
export const sentinel: Scenario = {
  name: 'sentinel',
  title: 'Sentinel fail-over by a partition of the master, by freeze and by kill',
  unit: 'fail-overs, of the three kinds in turn',
  full: 20,
  small: 1,
  run: (told) => overSentinels(told, { SIGNET_REDIS_REPLICAS: '1' }, failOver),
}

/** Runs the work in an arena over sentinels; writes wait for a replica where the settings say so. */
export async function overSentinels(
  told: Told,
  settings: { readonly [name: string]: string },
  work: (told: Told, arena: Arena, redis: WatchedRedis) => Promise<Figures>,
): Promise<Outcome> {
  const why = whyNoServers()
  if (why) return { notRun: why }
  const opened = Promise.withResolvers<WatchedRedis>()
  const redisUrl = async (lab: Lab) => {
    const redis = await startWatchedRedis(lab, 'SIGNET_REDIS_REPLICAS' in settings ? 1 : 0)
    opened.resolve(redis)
    return redis.url
  }
  return inArena(told, { redisUrl, settings }, async (arena) => work(told, arena, await opened.promise))
}

/** What is done to the primary; resolves when another one serves. What it answers puts the old one right again. */
type Kind = {
  readonly name: string
  breakIt(arena: Arena, redis: WatchedRedis, primary: Member): Promise<() => Promise<void>>
}

/** The machine that stays with the old primary, where the network is divided. */
const companion = 0

const kinds: readonly Kind[] = [
  {
    name: 'kill',
    async breakIt(_, __, { process }) {
      await process.kill()
      return () => process.restart()
    },
  },
  {
    name: 'freeze',
    async breakIt(_, __, { process }) {
      process.freeze()
      return async () => process.thaw()
    },
  },
  {
    name: 'partition',
    async breakIt({ machines }, redis, primary) {
      const heal = redis.cutOff(primary, processTree(machines[companion]?.pid() ?? 0))
      return async () => heal()
    },
  },
]

async function failOver({ amount, say, plant }: Told, arena: Arena, redis: WatchedRedis) {
  const { stage } = arena
  const probe = await openProbe(arena)
  // Planted bugs show where a primary is cut off, so that comes first for them.
  const order = plant ? kinds.toReversed() : kinds
  const times: { readonly [name: string]: number[] } = { partition: [], freeze: [], kill: [], ours: [], healed: [] }
  for (let round = 0; round < amount; round++) {
    const kind = order[round % order.length]
    if (!kind) throw new Error('there is no such fault')
    const known = Math.max(0, stage.families.length - briskly.lanes * briskly.families)
    const took = await whileLiving(arena, briskly, async () => {
      await load(arena, 60)
      const took = await failOverOnce(arena, redis, { kind, probe, isWhole: amount >= sentinel.full })
      await load(arena, 60)
      await redis.healthy()
      return took
    })
    times[kind.name]?.push(took.back)
    times.ours?.push(took.ours)
    times.healed?.push(took.healed)
    const touched = stage.families.slice(known)
    const current = await redis.primary()
    await lookAtFamilies(arena, touched, async (key) => current?.process.call('GET', key))
    await settle(stage, touched, briskly.retries)
    say(
      `${round + 1} of ${amount}: ${kind.name}, back after ${Math.round(took.back)} ms, of them ours ${Math.round(took.ours)}`,
    )
  }
  const figures = Object.entries(times).filter(([, ones]) => ones.length > 0)
  return {
    'fail-overs': amount,
    ...Object.assign({}, ...figures.map(([name, ones]) => middleAndWorst(titleOf(name), ones))),
  }
}

function titleOf(name: string): string {
  if (name === 'ours') return 'of it, from the moment that another primary took writes'
  if (name === 'healed') return 'from the return of the old primary to answers of every machine'
  return `from ${name === 'partition' ? 'the' : 'a'} ${name} to answers`
}

type Fault = {
  readonly kind: Kind
  readonly probe: Probe
  /** Whether what the sentinels need counts, too: a single time of theirs says nothing of us. */
  readonly isWhole: boolean
}

/**
 * Breaks the primary until another one serves, and puts it right again; answers how long both took, in milliseconds, and
 * how much of the first was not the sentinels'.
 */
async function failOverOnce(arena: Arena, redis: WatchedRedis, { kind, probe, isWhole }: Fault) {
  const { stage, history, machines } = arena
  const primary = await redis.primary()
  if (!primary) throw new Error('there is no primary')
  const isDivided = kind.name === 'partition'
  // Who is cut off with the old primary cannot answer before the network is whole again.
  const others = stage.machines.filter((_, at) => at !== companion)
  const outside = isDivided ? await openProbe({ ...arena, stage: { ...stage, machines: others } }) : probe
  const across = isDivided ? await openSidesOf(arena) : undefined
  const whole = history.break('redis')
  const begun = performance.now()
  const mend = await kind.breakIt(arena, redis, primary)
  const served = until(async () => ![undefined, primary].includes(await redis.primary()), {
    within: 30_000,
    what: 'another primary',
  }).then(() => performance.now() - begun)
  await Promise.all([served.then(() => void (isDivided || whole())), outside.untilBack(30_000)])
  const back = performance.now() - begun
  const ours = back - (await served)
  expectSoon(arena, `${kind.name}: answers within 3 s of another primary`, ours, 3000)
  if (isWhole) expectSoon(arena, `${kind.name}: answers within 5 s`, back, 5000)
  if (isDivided) await load(arena, 60)
  await across?.show()
  await mend()
  const mended = performance.now()
  whole()
  await probe.untilBack(30_000)
  const healed = performance.now() - mended
  expectSoon(arena, `${kind.name}: every machine answers within 5 s of its end`, healed, 5000)
  // Who is made a replica closes its connections, this one too.
  const isReplica = async () => String(await primary.process.call('ROLE').catch(() => '')).startsWith('slave')
  const found = await until(isReplica, { within: 30_000, what: 'an old primary that follows the new one' }).catch(
    () => false,
  )
  history.expect({
    what: `${kind.name}: the old primary comes back as a replica`,
    found: String(found),
    isMet: found === true,
  })
  if (!machines.every((machine) => machine.isRunning())) throw new Error('a machine has ended')
  return { back, healed, ours }
}

/** What both sides of a divided network know; it is closed with the laboratory at the latest. */
async function openSidesOf({ lab, stage }: Arena): Promise<Across> {
  const inside = stage.machines[companion]
  if (!inside) throw new Error('there is no machine to cut off')
  const across = await openAcross(stage, { inside, outside: stage.machines.filter((one) => one !== inside) })
  lab.defer(across.close)
  return across
}

function expectSoon({ history }: Arena, what: string, took: number, most: number): void {
  history.expect({ what, found: `${Math.round(took)} ms`, isMet: took <= most + history.lag })
}

/** Works while people live at this pace; they stop with it, whatever becomes of it. */
export async function whileLiving<A>({ stage }: Arena, pace: Pace, work: () => Promise<A>): Promise<A> {
  const lives = startLives(stage, pace)
  return work().finally(() => lives.end())
}

/** Waits until so many more requests were answered, or not. */
export async function load({ history }: Arena, requests: number): Promise<void> {
  const target = history.entries.length + requests
  await until(() => history.entries.length >= target, { within: 60_000, what: 'load', every: 5 })
}
