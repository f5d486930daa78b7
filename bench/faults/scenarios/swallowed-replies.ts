import { setTimeout as wait } from 'node:timers/promises'
import type { Arena } from '../arena/arena.ts'
import { present } from '../drive/app-requests.ts'
import type { LabFamily, Stage } from '../drive/cast.ts'
import { briskly, type Habits, type Pace, type Running, startLives } from '../drive/lives.ts'
import { settle } from '../drive/settle.ts'
import { refresh, signIn } from '../drive/steps.ts'
import { graceEnd } from '../invariants/fault-times.ts'
import { until } from '../lab/until.ts'
import { inArena } from './in-arena.ts'
import { openProbe } from './recovery.ts'
import { middleAndWorst, type Scenario, type Told } from './scenario.ts'
import { whyNoServers } from './why-not.ts'

/** Replies that never arrive, requests that arrive twice, and a store that is away in between. */
export const swallowedReplies: Scenario = {
  name: 'swallowed-replies',
  title: 'replies swallowed after the commit, refreshes duplicated, the store away in between',
  unit: 'refreshes',
  full: 20_000,
  small: 120,
  async run(told) {
    const why = whyNoServers()
    if (why) return { notRun: why }
    const isFull = told.amount >= 1000
    const times = isFull ? { grace: 30, away: 60_000 } : { grace: 3, away: 6000 }
    const settings = { SIGNET_TOKENS_REFRESH_GRACE: `${times.grace}s` }
    return inArena(told, { proxies: true, settings }, (arena) => swallow(told, arena, times.away))
  },
}

const habits: Habits = { refresh: 3, lostRefresh: 4, doubleRefresh: 2, begin: 0.5, introspect: 0.3 }
const patiently: Pace = { ...briskly, habits, retries: { pause: 200, within: 180_000 } }

async function swallow({ amount, say }: Told, arena: Arena, away: number) {
  const { history, stage } = arena
  const probe = await openProbe(arena)
  const resting = await restingFamilies(arena)
  const outages = Math.max(1, Math.round(amount / 1000))
  const count = () => history.entries.filter(({ act }) => act === 'refresh').length
  const backs: number[] = []

  await refreshUntil(arena, amount / (outages + 1), count)
  await tryAfterGrace(arena, resting)
  for (let outage = 1; outage <= outages; outage++) {
    backs.push(await goAway(arena, away, () => probe.untilBack(30_000)))
    await refreshUntil(arena, (amount * (outage + 1)) / (outages + 1), count)
    say(`${count()} refreshes, ${outage} of ${outages} outages`)
  }
  await settle(stage, stage.families, patiently.retries)
  const refreshes = history.entries.filter(({ act }) => act === 'refresh')
  return {
    refreshes: refreshes.length,
    'replies lost on their way to the app': refreshes.filter(({ isHungUp }) => isHungUp).length,
    'replies of Redis swallowed': arena.proxies?.redis.swallowed() ?? 0,
    families: stage.families.length,
    'honest families revoked':
      stage.families.filter(({ isOver, tokens }) => isOver && tokens.length > 0).length - resting.length,
    outages,
    'seconds of each outage': away / 1000,
    ...middleAndWorst('answering again after it', backs),
  }
}

/** Families that nobody touches for a while, each with a token that was replaced once. */
async function restingFamilies({ stage }: Arena): Promise<readonly LabFamily[]> {
  const families: LabFamily[] = []
  for (const person of stage.people.slice(0, 2)) {
    const family = await signIn(stage, person)
    if (!family) throw new Error('nobody could sign in before anything was broken')
    await refresh(stage, family, patiently.retries)
    families.push(family)
  }
  return families
}

/** A thief has the token before the newest, and comes when the grace is over. */
async function tryAfterGrace({ stage, history }: Arena, families: readonly LabFamily[]): Promise<void> {
  const rested = history.entries.findLast(({ family }) => families.some(({ name }) => name === family))
  const over = () => history.now() > graceEnd(history, rested?.ended ?? 0) + 1100
  await until(over, { within: 60_000, what: 'the end of the grace' })
  for (const family of families) {
    family.isOver = true
    await present(stage, family, family.tokens.at(-2) ?? '', { actor: 'thief', ends: true })
  }
}

/** Lives that refresh until so many refreshes were sent; now and then Redis' own reply is lost on its way to us. */
async function refreshUntil({ stage, history, proxies, chance }: Arena, target: number, count: () => number) {
  const lives = startLives(stage, patiently)
  let next = count() + 40
  await until(
    () => {
      if (count() < next) return count() >= target
      next += 40 + chance.below(40)
      const whole = history.break('redis')
      proxies?.redis.swallow(1)
      setTimeout(whole, 200)
      return count() >= target
    },
    { within: 3_600_000, what: 'refreshes', every: 5 },
  )
  proxies?.redis.swallow(0)
  await endLives(stage, lives)
}

/** Who was stopped without an answer asks again at once: an honest app does not wait until the grace is over. */
async function endLives(stage: Stage, lives: Running): Promise<void> {
  await lives.end()
  const inDoubt = stage.families.filter(({ isInDoubt, isOver }) => isInDoubt && !isOver)
  for (const family of inDoubt) await refresh(stage, family, patiently.retries)
}

/** What was committed is not told, then nobody is there; answers the milliseconds from the return to the first answers. */
async function goAway({ stage, history, proxies }: Arena, away: number, untilBack: () => Promise<number>) {
  const lives = startLives(stage, patiently)
  const target = history.entries.length + 20
  await until(() => history.entries.length > target, { within: 30_000, what: 'load', every: 5 })
  const whole = history.break('redis')
  proxies?.redis.mute(true)
  await wait(300)
  proxies?.redis.refuse(true)
  proxies?.redis.mute(false)
  await wait(away)
  proxies?.redis.refuse(false)
  whole()
  const back = await untilBack()
  await endLives(stage, lives)
  return back
}
