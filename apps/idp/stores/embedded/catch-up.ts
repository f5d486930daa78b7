import { applyEnd, type EndedStores } from '#core/tokens/end.ts'
import type { EndCursor, FactStore } from '#core/tokens/fact-store.ts'
import type { BucketFact, EpochStore } from '../epoch-store.ts'
import type { CommitQueue } from './commit-queue.ts'
import { isOutdated, type LifeRow, outageAt } from './life.ts'

/** What SQL remembers, by which the file is judged and mended. */
export type DurableMemory = {
  readonly facts: Pick<FactStore, 'listEnds'>
  readonly epochs: Pick<EpochStore, 'list' | 'note'>
}

export type CatchUpParts = {
  readonly row: LifeRow
  readonly queue: CommitQueue
  readonly stores: EndedStores
  /** Deletes what lives in the file, and leaves every end. */
  readonly forget: () => void
  readonly memory: DurableMemory
  readonly now: Date
}

/** How many ends are applied at once. */
const page = 500

/**
 * Brings a file that is new, or an older copy of itself, to what SQL knows: every end that must be remembered is applied,
 * and what lived in an old copy is forgotten, so that nothing is believed that may have moved on; whoever is signed in
 * comes back from SQL. `asNew` treats any file so. Rejects where SQL cannot answer; doing it again is harmless.
 */
export async function catchUp(parts: CatchUpParts, asNew = false): Promise<void> {
  const { row, queue, now } = parts
  const [first] = await parts.memory.epochs.list(now)
  if (!first) throw new Error('SQL names no epoch')
  if (row.read() && !isOutdated(row.read(), first) && !asNew) return
  await applyEnds(parts)
  await queue.run(() => settle(parts, first, asNew))
}

/** In one transaction, and only where no other process has done it meanwhile. */
function settle({ row, forget, now }: CatchUpParts, { epoch, writes }: BucketFact, asNew: boolean): void {
  const life = row.read()
  if (asNew || isOutdated(life, { bucket: 0, epoch, writes, seenAt: now })) forget()
  else if (life) return
  const signs = Math.max(writes, life?.signs ?? 0) + 1
  row.put({ epoch, signs, seen: now, outage: outageAt(undefined, now) })
}

async function applyEnds({ stores, memory, now }: CatchUpParts): Promise<void> {
  let after: EndCursor | undefined
  while (true) {
    const ends = await memory.facts.listEnds(now, after, page)
    await Promise.all(ends.map((end) => applyEnd(end, stores)))
    if (ends.length < page) return
    after = ends.at(-1)
  }
}
