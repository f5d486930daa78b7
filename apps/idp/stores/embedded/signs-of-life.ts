import type { EpochStore } from '../epoch-store.ts'
import type { CommitQueue } from './commit-queue.ts'
import { type LifeRow, watchedFor } from './life.ts'

/** Milliseconds between two signs of life. */
const signEvery = 2000

export type SignParts = {
  readonly queue: CommitQueue
  readonly row: LifeRow
  /** Told of every sign, behind; undefined where there is no SQL to tell. */
  readonly epochs: Pick<EpochStore, 'note'> | undefined
  readonly now: () => Date
}

/** Signs of life in the file; see {@link signsOfLife}. */
export type SignsOfLife = {
  /** Called before each write: at most one of them in two seconds carries a sign. */
  written(): void
  /** Called before each rotation: signs follow, every two seconds for ten minutes. */
  rotating(): void
  /** Gives the last sign, and no more. */
  stop(): Promise<void>
}

/**
 * Notes in the file that this process lives, and how often it said so: what tells an outage after a restart, so that it
 * does not count towards the grace of a rotation, and tells a file from an older copy of itself. A sign is written in the
 * same commit as what caused it.
 */
export function signsOfLife({ queue, row, epochs, now }: SignParts): SignsOfLife {
  let last = new Date(0)
  let rotated = new Date(0)
  let telling: Promise<unknown> = Promise.resolve()

  function give(): Promise<void> {
    last = now()
    return queue.run(() => sign(row, last)).then(tell, () => {})
  }

  function tell(life: ReturnType<typeof sign>): void {
    if (!life || !epochs) return
    const { epoch, signs: writes, seen: seenAt } = life
    telling = epochs.note([{ bucket: 0, epoch, writes, seenAt }]).catch(() => {})
  }

  const isDue = () => Math.abs(now().getTime() - last.getTime()) >= signEvery
  const isWatched = () => now().getTime() - rotated.getTime() < watchedFor * 1000
  const timer = setInterval(() => void (isWatched() && isDue() && give()), signEvery)
  timer.unref()

  return {
    written: () => void (isDue() && give()),
    rotating() {
      rotated = now()
    },
    async stop() {
      clearInterval(timer)
      if (isWatched()) await give()
      await telling
    },
  }
}

function sign(row: LifeRow, seen: Date) {
  const before = row.read()
  const life = before && { ...before, signs: before.signs + 1, seen }
  if (life) row.put(life)
  return life
}
