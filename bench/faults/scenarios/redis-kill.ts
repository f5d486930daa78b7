import { setTimeout as wait } from 'node:timers/promises'
import type { Arena } from '../arena/arena.ts'
import { lookAtFamilies } from '../arena/look-at-families.ts'
import { briskly, startLives } from '../drive/lives.ts'
import { settle } from '../drive/settle.ts'
import { openLab } from '../lab/lab.ts'
import { makeSlowDisk, type SlowDisk, whyNoSlowDisk } from '../lab/slow-disk.ts'
import { until } from '../lab/until.ts'
import { inArena } from './in-arena.ts'
import { openProbe } from './recovery.ts'
import { middleAndWorst, type Outcome, type Scenario, type Told } from './scenario.ts'
import { whyNoServers } from './why-not.ts'

/** `kill -9` of Redis at moments that nobody chose. */
export const redisKill: Scenario = {
  name: 'redis-kill',
  title: 'kill -9 of Redis at random',
  unit: 'kills',
  full: 100,
  small: 3,
  run: (told) => killRedis(told, { fsync: 'always', milliseconds: 0 }),
}

/** The same exactly while a flush is pending on a busy disk. */
export const redisKillFlushing: Scenario = {
  name: 'redis-kill-flushing',
  title: 'kill -9 of Redis exactly while an fsync is pending on a busy disk',
  unit: 'kills',
  full: 20,
  small: 2,
  run: (told) => killRedis(told, { fsync: 'always', milliseconds: 150 }),
}

/** The same with a setting that is known to lose: the bench has to see it. */
export const redisKillEverysec: Scenario = {
  name: 'redis-kill-everysec',
  title: 'the same with appendfsync everysec, which must be caught',
  unit: 'kills',
  full: 20,
  small: 3,
  mustFail: true,
  run: (told) => killRedis(told, { fsync: 'everysec', milliseconds: 1200 }),
}

type Disk = { readonly fsync: 'always' | 'everysec'; readonly milliseconds: number }

async function killRedis(told: Told, { fsync, milliseconds }: Disk): Promise<Outcome> {
  const why = whyNoServers() ?? (milliseconds > 0 ? whyNoSlowDisk() : undefined)
  if (why) return { notRun: why }
  const workshop = openLab()
  try {
    const disk = milliseconds > 0 ? makeSlowDisk(workshop) : undefined
    const redis = { fsync, ...(disk && { environment: disk.environment }) }
    const settings = fsync === 'everysec' ? { SIGNET_REDIS_ACCEPT: accepted } : {}
    return await inArena(told, { redis, settings }, (arena) => rounds(told, arena, disk, milliseconds))
  } finally {
    await workshop.close()
  }
}

/** The finding that an operator has to name to run with this setting. */
const accepted = 'appendfsync'

async function rounds({ amount, say }: Told, arena: Arena, disk: SlowDisk | undefined, milliseconds: number) {
  const { stage, history, redis, chance } = arena
  const probe = await openProbe(arena)
  const [backs, loads]: [number[], number[]] = [[], []]
  for (let round = 0; round < amount; round++) {
    const known = stage.families.length
    const lives = startLives(stage, briskly)
    // Enough has been acknowledged that something can be lost, and then a moment that chance has chosen.
    const target = history.entries.length + 30 + chance.below(60)
    await until(() => history.entries.length >= target, { within: 30_000, what: 'load', every: 2 })
    disk?.slowDown(milliseconds)
    if (disk) await until(() => disk.isFlushing(), { within: 10_000, what: 'a flush', every: 1 })
    await wait(chance.below(milliseconds > 1000 ? milliseconds - 200 : 20))
    const whole = history.break('redis')
    await redis.kill()
    disk?.slowDown(0)
    disk?.forget()
    await wait(chance.below(300))
    loads.push(await redis.start())
    whole()
    backs.push(await probe.untilBack(30_000))
    await lives.end()
    const touched = stage.families.slice(Math.max(0, known - briskly.lanes * briskly.families))
    await lookAtFamilies(arena, touched)
    await settle(stage, touched, briskly.retries)
    if ((round + 1) % 10 === 0) say(`${round + 1} of ${amount} kills`)
  }
  return {
    rounds: amount,
    ...middleAndWorst('Redis restart', loads),
    ...middleAndWorst('answering again after it', backs),
  }
}
