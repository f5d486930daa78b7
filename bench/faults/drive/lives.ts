import { setTimeout as wait } from 'node:timers/promises'
import type { Seeded } from '#test/faults/support/seeded.ts'
import { askOwnToken, present } from './app-requests.ts'
import type { LabFamily, Stage } from './cast.ts'
import {
  beginFamily,
  boundTo,
  endFamily,
  introspectEverywhere,
  type Retries,
  refresh,
  signIn,
  signOut,
  stealCode,
  stealToken,
} from './steps.ts'

/** How often what is done, as weights; what is left out is not done. */
export type Habits = {
  readonly refresh?: number
  /** A refresh whose answer is lost on its way to the app. */
  readonly lostRefresh?: number
  /** The same refresh twice at once, as two tabs do. */
  readonly doubleRefresh?: number
  readonly begin?: number
  readonly beginOffline?: number
  readonly revoke?: number
  readonly introspect?: number
  readonly signOut?: number
  readonly stealToken?: number
  readonly stealCode?: number
  readonly ownToken?: number
}

/** Everything that people, apps and thieves do. */
export const everything: Habits = {
  refresh: 10,
  lostRefresh: 2,
  doubleRefresh: 1,
  begin: 3,
  beginOffline: 1,
  revoke: 1,
  introspect: 3,
  signOut: 0.3,
  stealToken: 0.6,
  stealCode: 0.3,
  ownToken: 1,
}

export type Pace = {
  /** Lives side by side. */
  readonly lanes: number
  /** Milliseconds between two steps of one life. */
  readonly pause: number
  readonly habits: Habits
  /** Families that one life keeps at the same time. */
  readonly families: number
  readonly retries: Omit<Retries, 'isOver'>
}

/** As fast as two cores can be without being late by their own fault. */
export const briskly: Pace = {
  lanes: 4,
  pause: 20,
  habits: everything,
  families: 6,
  retries: { pause: 150, within: 60_000 },
}

/** Lives that go on until they are told to end. */
export type Running = { end(): Promise<void> }

/** Starts lives: each one is a person with an app, and a thief who reads along. */
export function startLives(stage: Stage, pace: Pace): Running {
  let isOver = false
  const lanes = Array.from({ length: pace.lanes }, (_, lane) => live(stage, { pace, lane, isOver: () => isOver }))
  const all = Promise.all(lanes)
  // A fault of the bench itself is told when it ends, not as a rejection that nobody has caught.
  all.catch(() => {})
  return {
    async end() {
      isOver = true
      await all
    },
  }
}

type Life = { readonly pace: Pace; readonly lane: number; readonly isOver: () => boolean }

async function live(stage: Stage, { pace, lane, isOver }: Life): Promise<void> {
  const chance = stage.chance.branch(lane + 1)
  const person = stage.people[lane % stage.people.length]
  if (!person) throw new Error('nobody is there to live')
  const retries = { ...pace.retries, isOver }
  let mine: LabFamily[] = []
  while (!isOver()) {
    mine = mine.filter((family) => !family.isOver)
    if (!mine.some(({ session }) => !session.isOver)) {
      const first = await signIn(stage, person)
      if (first) mine.push(first)
      else await wait(pace.retries.pause)
      continue
    }
    const family = chance.pick(mine)
    const step = chosen(pace.habits, chance)
    if (family && step) {
      const begun = await steps[step](stage, family, retries)
      if (begun) mine = [...mine, begun].slice(-pace.families)
    }
    await wait(pace.pause)
  }
}

function chosen(habits: Habits, chance: Seeded): keyof Habits | undefined {
  const weighed = Object.entries(habits) as [keyof Habits, number][]
  let dice = chance.chance() * weighed.reduce((sum, [, weight]) => sum + weight, 0)
  return weighed.find(([, weight]) => {
    dice -= weight
    return dice < 0
  })?.[0]
}

type Step = (stage: Stage, family: LabFamily, retries: Retries) => Promise<LabFamily | undefined>

const steps: { readonly [name in keyof Required<Habits>]: Step } = {
  refresh: async (stage, family, retries) => void (await refresh(stage, family, retries)),
  lostRefresh: async (stage, family, retries) => void (await refresh(stage, family, retries, true)),
  async doubleRefresh(stage, family, retries) {
    const token = family.tokens.at(-1) ?? ''
    await Promise.all([present(stage, family, token), refresh(stage, family, retries)])
    return undefined
  },
  begin: async (stage, { session }) => (session.isOver ? undefined : beginFamily(stage, session)),
  beginOffline: async (stage, { session }) => (session.isOver ? undefined : beginFamily(stage, session, true)),
  async revoke(stage, family, retries) {
    await endFamily(stage, family, retries)
    await lookAfterEnd(stage, family)
    return undefined
  },
  introspect: async (stage, family) => void (await introspectEverywhere(stage, family)),
  async signOut(stage, { session }) {
    if (session.isOver) return undefined
    await signOut(stage, session)
    for (const family of boundTo(stage, session).slice(-2)) await lookAfterEnd(stage, family)
    return undefined
  },
  async stealToken(stage, family) {
    if (await stealToken(stage, family)) await lookAfterEnd(stage, family)
    return undefined
  },
  async stealCode(stage, family) {
    if (await stealCode(stage, family)) await lookAfterEnd(stage, family)
    return undefined
  },
  ownToken: async (stage) => void (await askOwnToken(stage, 'lab:read')),
}

/** What was ended is asked for at once: its newest refresh token, and its access token at every machine. */
async function lookAfterEnd(stage: Stage, family: LabFamily): Promise<void> {
  const newest = family.tokens.at(-1)
  if (newest === undefined) return
  await Promise.all([present(stage, family, newest), introspectEverywhere(stage, family)])
}
