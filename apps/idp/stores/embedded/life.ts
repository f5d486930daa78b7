import type { DatabaseSync } from 'node:sqlite'
import { later } from '#core/clock.ts'
import type { Outage } from '#core/tokens/rotate-family.ts'
import type { BucketFact } from '../epoch-store.ts'

/** What the file says of itself. */
export type Life = {
  /** The epoch of SQL that it belongs to. */
  readonly epoch: number
  /** How many signs of life it has given; SQL has been told of that many, or of a few less. */
  readonly signs: number
  /** The last one. */
  readonly seen: Date
  readonly outage: Outage | undefined
}

/** The one row about the file itself; who calls owns the transaction. */
export type LifeRow = {
  /** Undefined in a new file, and in one of an older version. */
  read(): Life | undefined
  put(life: Life): void
}

/** Opens the row. */
export function lifeRow(database: DatabaseSync): LifeRow {
  const select = database.prepare('SELECT epoch, signs, seen, gone, back FROM life')
  const upsert = database.prepare('INSERT OR REPLACE INTO life VALUES (1, ?, ?, ?, ?, ?)')
  return {
    read() {
      const row = select.get()
      if (!row) return undefined
      const outage = row.gone === null ? undefined : { gone: dateOf(row.gone), back: dateOf(row.back) }
      return { epoch: Number(row.epoch), signs: Number(row.signs), seen: dateOf(row.seen), outage }
    },
    put({ epoch, signs, seen, outage }) {
      upsert.run(epoch, signs, seen.getTime(), outage?.gone.getTime() ?? null, outage?.back.getTime() ?? null)
    },
  }
}

const dateOf = (milliseconds: unknown) => new Date(Number(milliseconds))

/**
 * Whether SQL knows of a later life than this file's: then it is a copy from before, and what lives in it may have moved
 * on. A file that says nothing of itself is new, or was written by an older version: it is believed.
 */
export function isOutdated(life: Life | undefined, { epoch, writes }: BucketFact): boolean {
  return life !== undefined && (life.epoch !== epoch || life.signs < writes)
}

/** Seconds without a sign of life that are an outage, and those in which two outages count as one. */
const outageFrom = 5
const oneOutage = 5 * 60

/** Seconds after the last rotation for which signs of life are given: longer than any grace that they could decide. */
export const watchedFor = 10 * 60

/** The latest outage, as it is known at `now`, when the file is opened. */
export function outageAt(life: Life | undefined, now: Date): Outage | undefined {
  // Nobody knows when a file was lost: as long ago as can matter.
  if (!life) return { gone: later(now, -watchedFor), back: now }
  const { seen, outage } = life
  if (now < later(seen, outageFrom)) return outage
  const isOne = outage !== undefined && seen < later(outage.back, oneOutage)
  return { gone: isOne && outage.gone < seen ? outage.gone : seen, back: now }
}
