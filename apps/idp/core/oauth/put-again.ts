import { reject } from './rejection.ts'

/** What a store says of a record that was put back. */
type PutOutcome = 'stored' | 'conflict' | 'missing' | 'taken'

/** A record with a revision, and how it is found and put back. */
export type Kept<T> = {
  /** What it is called in a refusal, for instance `client shop`. */
  readonly what: string
  find(): Promise<T | undefined>
  put(record: T): Promise<PutOutcome>
}

const mostTries = 5

/**
 * Changes a record however many change it at once: where somebody was quicker, the edit is made again on what they left.
 * Answers the record as it is stored. Throws `missing`, `taken` or, after five lost races, `conflict`.
 */
export async function putAgain<T extends { readonly revision: number }>(
  kept: Kept<T>,
  edit: (record: T) => T,
): Promise<T> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const found = (await kept.find()) ?? reject('missing', 'id', `There is no ${kept.what}.`)
    const edited = edit(found)
    const outcome = await kept.put(edited)
    if (outcome === 'stored') return { ...edited, revision: found.revision + 1 }
    if (outcome === 'missing') return reject('missing', 'id', `There is no ${kept.what} any more.`)
    if (outcome === 'taken') return reject('taken', 'name', `A name of ${kept.what} is in use already.`)
  }
  return reject('conflict', 'id', `The ${kept.what} is being changed by others; try again.`)
}
