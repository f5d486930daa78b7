import { type Entry, nameOf } from '../history/history.ts'
import { agreement } from '../invariants/same-answers.ts'
import { until } from '../lab/until.ts'
import type { LabFamily, Stage } from './cast.ts'
import { endFamily, introspectEverywhere } from './steps.ts'

/** As many tokens, and as many questions about each, as leave nothing to chance where every other answer is wrong. */
const enough = 3
const most = 12
const questions = 4

const retries = { pause: 150, within: 10_000 }

/**
 * When all is over: what was active, and has been inactive for longer than machines may take to agree, is asked about
 * again at every machine. Where the load has ended too little for that, some more is ended first.
 */
export async function lookBack(stage: Stage): Promise<void> {
  // Who never asks learns nothing of what a machine remembers.
  if (!stage.history.entries.some(({ act }) => act === 'introspect')) return
  if (turned(stage).length < enough) await endSome(stage)
  const looks = turned(stage)
    .slice(-most)
    .map(async (family) => {
      for (let question = 0; question < questions; question++) await introspectEverywhere(stage, family)
    })
  await Promise.all(looks)
}

/** Families whose newest access token was said to be active, and later, long enough ago, to be inactive. */
function turned({ families, history }: Stage): readonly LabFamily[] {
  const long = history.now() - agreement
  const lived = new Set<string>()
  const gone = new Set<string>()
  for (const { act, access = '', active, ended } of byEnd(history.entries)) {
    if (act !== 'introspect') continue
    if (active) lived.add(access)
    else if (active === false && lived.has(access) && ended < long) gone.add(access)
  }
  return families.filter(({ access }) => gone.has(nameOf(access)))
}

function byEnd(entries: readonly Entry[]): readonly Entry[] {
  return entries.toSorted((one, other) => one.ended - other.ended)
}

async function endSome(stage: Stage): Promise<void> {
  const living = stage.families.filter(({ isOver, isInDoubt, tokens }) => !isOver && !isInDoubt && tokens.length > 0)
  const chosen = living.slice(-enough)
  for (const family of chosen) await endFamily(stage, family, retries)
  for (let question = 0; question < questions; question++)
    await Promise.all(chosen.map((family) => introspectEverywhere(stage, family)))
  const ended = stage.history.now()
  const isLongAgo = () => stage.history.now() > ended + agreement
  await until(isLongAgo, { within: 10 * agreement, what: 'a second' })
}
