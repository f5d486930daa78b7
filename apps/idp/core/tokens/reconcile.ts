import type { Clock } from '../clock.ts'
import { type Announce, applyEnd, type EndedStores } from './end.ts'
import type { FactStore, PendingCursor, RecordedEnd } from './fact-store.ts'

export type ReconcileParts = EndedStores & {
  readonly facts: Pick<FactStore, 'listPending' | 'claim'>
  readonly announce: Announce
  readonly clock: Clock
  /** No more is begun once it is given. */
  readonly signal?: AbortSignal
}

/**
 * What a page did: how many ends the fast store knows now, why the others could not be told, and after which of them
 * there may be more.
 */
export type Reconciled = {
  readonly applied: number
  readonly failures: readonly unknown[]
  readonly next: PendingCursor | undefined
}

/** Ends that are told at once: the ones that nobody answers must not keep the others waiting. */
const abreast = 16

/**
 * Tells the fast store, and sees to it that apps are told, of the ends that SQL has and that are not done yet, at most
 * `most`, oldest first: whoever asked for them was answered 503, or died. One that fails does not stop the others, and stays pending: whoever goes on `after` the
 * page gets past it. Right where two do it at once. Rejects where SQL cannot say what is pending.
 */
export async function reconcile(parts: ReconcileParts, most: number, after?: PendingCursor): Promise<Reconciled> {
  const { facts, clock, signal } = parts
  const pending = await facts.listPending(most, after)
  const failures: unknown[] = []
  let applied = 0

  async function tell(end: RecordedEnd): Promise<void> {
    try {
      await applyEnd(end, parts)
      await parts.announce(end)
      await facts.claim(end, clock.now())
      applied++
    } catch (failure) {
      failures.push(failure)
    }
  }

  const rest = pending.values()
  const work = async () => {
    for (const end of rest) if (!signal?.aborted) await tell(end)
  }
  await Promise.all(Array.from({ length: abreast }, work))
  return { applied, failures, next: pending.length === most ? pending.at(-1) : undefined }
}
