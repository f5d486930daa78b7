import { setTimeout as wait } from 'node:timers/promises'
import { agreement } from '../invariants/same-answers.ts'
import { until } from '../lab/until.ts'
import { introspect, introspectRefreshToken } from './app-requests.ts'
import type { LabFamily, LabPerson, Stage } from './cast.ts'
import { scribe } from './scribe.ts'
import { beginFamily, endFamily, type Retries, refresh, signIn } from './steps.ts'
import { openTransport, type Target } from './transport.ts'

/** Where the network will be divided: the one machine that stays with what is cut off, and all others. */
export type Sides = { readonly inside: Target; readonly outside: readonly Target[] }

/** Sign-ins that both sides know, from before the network is divided. */
export type Across = {
  /**
   * When the outside answers again: all of them are refreshed there, one is ended, and the machine that is cut off is
   * asked about what it cannot have heard of. Closes it.
   */
  show(): Promise<void>
  close(): Promise<void>
}

const families = 4
/** The machine that is cut off is asked once, the others until they have had long enough to answer. */
const once: Retries = { pause: 0, within: 0 }
const patiently: Retries = { pause: 150, within: 10_000 }

/** Milliseconds between two looks; and how long they show what the machine says: longer than machines may take to agree. */
const pause = 250
const shown = agreement + 500

/**
 * Begins the sign-ins. Half of them are refreshed at the machine that will be cut off, again and again until it says that
 * it cannot: what it has acknowledged before that, it must be able to keep. And it is asked about all of them all the
 * time, because what has not been asked about for long it would not answer anyway.
 */
export async function openAcross(stage: Stage, sides: Sides): Promise<Across> {
  const [person] = stage.people
  if (!person) throw new Error('nobody is there to sign in')
  const [inside, outside] = [openSide(stage, [sides.inside]), openSide(stage, sides.outside)]
  const known = await signInOften(stage, person)
  const watch = startWatch(inside.stage, known)
  let isShown = false
  const left = known.filter((_, at) => at % 2 === 0)
  const leaving = Promise.all(left.map((family) => refreshUntilRefused(inside.stage, family, () => isShown)))
  leaving.catch(() => {})
  const close = async () => {
    isShown = true
    await watch.end()
    inside.close()
    outside.close()
  }
  return {
    close,
    async show() {
      isShown = true
      await leaving
      await Promise.all(known.map((family) => replaceTwice(outside.stage, family)))
      const [ended] = known.filter(({ isOver, isInDoubt }) => !isOver && !isInDoubt)
      if (ended) await endFamily(outside.stage, ended, patiently)
      await watch.see(shown)
      await close()
    },
  }
}

/** The same stage, of which only some machines can be reached. */
function openSide(stage: Stage, machines: readonly Target[]): { readonly stage: Stage; close(): void } {
  const transport = openTransport(stage.issuer, machines)
  return { stage: { ...stage, machines, scribe: scribe(transport, stage.history) }, close: transport.close }
}

async function signInOften(stage: Stage, person: LabPerson): Promise<readonly LabFamily[]> {
  const first = await signIn(stage, person)
  const known = first ? [first] : []
  while (first && known.length < families) {
    const next = await beginFamily(stage, first.session)
    if (!next) break
    known.push(next)
  }
  if (known.length < families) throw new Error('nobody could sign in before anything was broken')
  return known
}

async function refreshUntilRefused(stage: Stage, family: LabFamily, isOver: () => boolean): Promise<void> {
  while (!isOver() && (await refresh(stage, family, once))) await wait(pause / 2)
}

/** Twice, because the machine that is cut off may have made the first successor itself. */
async function replaceTwice(stage: Stage, family: LabFamily): Promise<void> {
  for (let time = 0; time < 2; time++) if (!family.isOver) await refresh(stage, family, patiently)
}

/** Looks at all families, again and again, one look after the other. */
function startWatch(stage: Stage, known: readonly LabFamily[]) {
  let isOver = false
  let count = 0
  const watching = (async () => {
    while (!isOver) {
      await Promise.all(known.map((family) => lookAt(stage, family)))
      count++
      await wait(pause)
    }
  })()
  watching.catch(() => {})
  return {
    /** For so many milliseconds, and until a look that begins after them has ended. */
    async see(milliseconds: number): Promise<void> {
      await wait(milliseconds)
      const enough = count + 2
      await until(() => count >= enough, { within: 30_000, what: 'answers of the machine that is cut off' })
    },
    async end(): Promise<void> {
      isOver = true
      await watching
    },
  }
}

async function lookAt(stage: Stage, family: LabFamily): Promise<void> {
  const newest = family.tokens.at(-1) ?? ''
  await Promise.all([introspectRefreshToken(stage, family, newest), introspect(stage, family, family.access)])
}
