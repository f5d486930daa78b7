import { setTimeout as wait } from 'node:timers/promises'
import { Unavailable } from '#core/oauth/error.ts'
import type { FactStore } from '#core/tokens/fact-store.ts'
import type { Work } from './at-work.ts'

type Counted = Pick<Work, 'clock'> & { readonly stores: { readonly facts: Pick<FactStore, 'count'> } }

/** How many sessions, and sign-ins of people at clients, are open; undefined where nobody could count them in time. */
export type Reach = { readonly sessions: number; readonly signIns: number } | undefined

/**
 * What an end of everything would reach now. The numbers help to decide, and what has to end waits for them no longer
 * than `patience` milliseconds.
 */
export async function reachOfEverything({ stores, clock }: Counted, patience = 3000): Promise<Reach> {
  const counting = stores.facts.count(clock.now()).then(
    ({ sessions, families }) => ({ sessions, signIns: families }),
    (error: unknown) => {
      if (!(error instanceof Unavailable)) throw error
      return undefined
    },
  )
  return Promise.race([counting, wait(patience, undefined, { ref: false })])
}

/** The same as a sentence, for whoever has to agree to it. */
export function everythingEnds(reach: Reach): string {
  const whose = reach
    ? `${reach.sessions} sessions, ${reach.signIns} sign-ins at clients`
    : 'every session and sign-in (too many to be counted in time)'
  return `Everything ends: ${whose}, and every token of anybody. All people sign in again.`
}

/** The same as data: null where it is not known. */
export function reachJson(reach: Reach) {
  return { sessions: reach?.sessions ?? null, sign_ins: reach?.signIns ?? null }
}

/** Ends every session and token there is, with its line in the trail. Run again, it finishes what was begun. */
export async function endEverything({ endings, audit, actor }: Work, reach: Reach): Promise<void> {
  await endings.everything('revoked_by_operator')
  await audit.record('everything.revoked', { actor, details: { ...reach } })
}
