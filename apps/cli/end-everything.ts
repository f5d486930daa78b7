import type { Work } from './at-work.ts'

/** How many sessions, and sign-ins of people at clients, are open. */
export type Reach = { readonly sessions: number; readonly signIns: number }

/** What an end of everything would reach now. */
export async function reachOfEverything({ stores, clock }: Work): Promise<Reach> {
  const { sessions, families } = await stores.facts.count(clock.now())
  return { sessions, signIns: families }
}

/** The same as a sentence, for whoever has to agree to it. */
export function everythingEnds({ sessions, signIns }: Reach): string {
  return `Everything ends: ${sessions} sessions, ${signIns} sign-ins at clients, and every token of anybody. All people sign in again.`
}

/** Ends every session and token there is, with its line in the trail. Run again, it finishes what was begun. */
export async function endEverything({ endings, audit, actor }: Work, { sessions, signIns }: Reach): Promise<void> {
  await endings.everything('revoked_by_operator')
  await audit.record('everything.revoked', { actor, details: { sessions, signIns } })
}
