import { present } from './app-requests.ts'
import type { LabFamily, Stage } from './cast.ts'
import { introspectEverywhere, type Retries, refresh } from './steps.ts'

/**
 * When all is whole again: every family is asked whether what was acknowledged is still true. Living ones refresh with
 * their newest token, tokens that were replaced twice stay dead, ended families stay ended at every machine. What the
 * answers mean is for the invariants to say.
 */
export async function settle(stage: Stage, families: readonly LabFamily[], retries: Retries): Promise<void> {
  const waiting = [...families]
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let family = waiting.pop(); family; family = waiting.pop()) await settleOne(stage, family, retries)
    }),
  )
}

async function settleOne(stage: Stage, family: LabFamily, retries: Retries): Promise<void> {
  const newest = family.tokens.at(-1)
  if (newest === undefined) return
  if (family.isOver) {
    await present(stage, family, newest)
    return introspectEverywhere(stage, family)
  }
  await refresh(stage, family, retries)
  await introspectEverywhere(stage, family)
}
