import type { Readiness } from './readiness.ts'
import { type Snapshot, sumMetrics, totalsOf } from './sum-metrics.ts'

/** What one worker says when it is asked. */
export type WorkerReport = {
  readonly checks: readonly (readonly [name: string, passes: boolean])[]
  readonly hasStarted: boolean
  readonly metrics: Snapshot
}

/** A worker as the process that started it sees it. */
export type AskedWorker = { readonly id: number; ask(): Promise<WorkerReport> }

/** It has ended, or is about to: whatever it was asked, nobody sends it requests any more. */
export class WorkerGone extends Error {}

/** What a worker says of itself. */
export async function reportOf(
  readiness: Pick<Readiness, 'look' | 'hasStarted'>,
  snapshot: () => Promise<Snapshot>,
): Promise<WorkerReport> {
  const checks = [...(await readiness.look())]
  return { checks, hasStarted: readiness.hasStarted(), metrics: await snapshot() }
}

/**
 * Health and metrics of all workers as those of one server. Ready where one accepts requests and none that does fails a
 * check: one that is being replaced gets no requests, and does not take the others out of service. Counters of workers
 * that have ended go on to count.
 */
export function workersHealth(living: () => readonly AskedWorker[]) {
  const last = new Map<number, Snapshot>()
  let ended: Snapshot = []
  let adding: Promise<void> = Promise.resolve()

  /** One that does not answer in time is asked again next time, and counts as it did before. */
  async function reports(): Promise<readonly WorkerReport[]> {
    const answers = await Promise.all(
      living().map(async ({ id, ask }) => {
        const report = await ask().catch((error) => (error instanceof WorkerGone ? undefined : silent))
        return report ? [{ id, report }] : []
      }),
    )
    const present = answers.flat().filter(({ id }) => living().some((worker) => worker.id === id))
    for (const { id, report } of present) if (report !== silent) last.set(id, report.metrics)
    return present.map(({ report }) => report)
  }

  /** It counts among the living until it counts among the ended: a scrape in between sees it once. */
  async function add(id: number): Promise<void> {
    const snapshot = last.get(id)
    if (!snapshot) return
    ended = await totalsOf([ended, snapshot])
    last.delete(id)
  }

  return {
    async look(): Promise<ReadonlyMap<string, boolean>> {
      const accepting = (await reports())
        .map(({ checks }) => new Map(checks))
        .filter((checks) => checks.get('accepting'))
      if (accepting.length === 0) return new Map([['accepting', false]])
      const names = new Set(accepting.flatMap((checks) => [...checks.keys()]))
      return new Map([...names].map((name) => [name, accepting.every((checks) => checks.get(name) !== false)]))
    },
    async hasStarted(): Promise<boolean> {
      return (await reports()).some((report) => report.hasStarted)
    },
    async expose() {
      await reports()
      return sumMetrics([ended, ...last.values()])
    },
    /** A worker has ended: what it counted stays, what it measured goes. */
    end(id: number): Promise<void> {
      // One after the other: of two sums that begin with the same, one would be lost.
      const added = adding.then(() => add(id))
      adding = added.catch(() => {})
      return added
    },
  }
}

/** It gets requests as the others do, and does not answer us: so it does not answer them either. */
const silent: WorkerReport = {
  checks: [
    ['accepting', true],
    ['worker', false],
  ],
  hasStarted: true,
  metrics: [],
}
