import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Arena, type ArenaOptions, openArena } from '../arena/arena.ts'
import { judge } from '../arena/judge.ts'
import { lookBack } from '../drive/look-back.ts'
import type { Violation } from '../history/violation.ts'
import { writeHistory } from '../history/write-history.ts'
import { thisCheckout } from '../lab/machine.ts'
import type { Figures, Outcome, Told } from './scenario.ts'

/**
 * Runs a scenario in an arena of its own and judges at its end. Where a promise was broken without a planted bug, or the
 * scenario itself failed (which counts as broken), the history and the logs are kept. The arena is closed in every case.
 */
export async function inArena(
  told: Told,
  options: Omit<ArenaOptions, 'seed' | 'plant'>,
  work: (arena: Arena) => Promise<Figures>,
): Promise<Outcome> {
  const { seed, plant, root } = told
  const arena = await openArena({ ...options, seed, plant, ...(root && { root }) })
  try {
    // What was seen until it failed is judged as well: that often says why.
    let failure: Violation[] = []
    const figures = await lookingBack(arena, work).catch((error: unknown): Figures => {
      failure = [{ invariant: 'scenario', what: error instanceof Error ? error.message : String(error), entries: [] }]
      return {}
    })
    const violations = [...failure, ...judge(arena)]
    if (violations.length > 0 && !told.plant) told.say(`what was seen is in ${keep(arena, told, violations)}`)
    return { figures: { ...figures, ...counted(arena) }, violations }
  } finally {
    await arena.close()
  }
}

async function lookingBack(arena: Arena, work: (arena: Arena) => Promise<Figures>): Promise<Figures> {
  const figures = await work(arena)
  await lookBack(arena.stage)
  return figures
}

function counted({ history: { entries, looks, windows, lag } }: Arena): Figures {
  return {
    requests: entries.length,
    acknowledged: entries.filter(({ done }) => done).length,
    'in doubt': entries.filter(({ status }) => status === undefined || status >= 500).length,
    'looked at in the stores': looks.length,
    'lost there': looks.filter(({ isLost }) => isLost).length,
    'times that a store was slow by itself': windows.filter(({ what }) => what === 'slow store').length,
    'longest pause of the bench itself (ms)': Math.round(lag),
  }
}

/** Keeps what was seen and logged in a folder that git ignores; answers which. */
function keep({ history, machines }: Arena, { seed }: Told, violations: readonly Violation[]): string {
  const folder = join(thisCheckout, 'data/faults', `${seed}-${process.pid}`)
  mkdirSync(folder, { recursive: true })
  writeHistory(join(folder, 'history.jsonl'), history, violations)
  for (const { name, logFile } of machines) copyFileSync(logFile, join(folder, `${name}.log`))
  return folder
}
