import { setTimeout as wait } from 'node:timers/promises'

export type Patience = {
  /** Milliseconds until it is given up. */
  readonly within: number
  /** Milliseconds between two looks. */
  readonly every?: number
  readonly what: string
}

/** Looks until the answer is not undefined or false; rejects, saying what was waited for, when the patience is over. */
export async function until<A>(look: () => A | Promise<A>, { within, every = 20, what }: Patience) {
  const deadline = performance.now() + within
  for (;;) {
    const answer = await look()
    if (answer !== undefined && answer !== false) return answer as Exclude<A, undefined | false>
    if (performance.now() > deadline) throw new Error(`after ${within} ms still waiting for ${what}`)
    await wait(every)
  }
}
