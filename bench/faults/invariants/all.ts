import type { Invariant } from '../history/violation.ts'
import { asDescribed } from './as-described.ts'
import { blamelessClients } from './blameless-clients.ts'
import { consumedTokens } from './consumed-tokens.ts'
import { deliveredWorks } from './delivered-works.ts'
import { endedStaysEnded } from './ended-stays-ended.ts'
import { honestFailures } from './honest-failures.ts'
import { inTime } from './in-time.ts'
import { nothingLost } from './nothing-lost.ts'
import { oneGeneration } from './one-generation.ts'
import { oneUse } from './one-use.ts'
import { sameAnswers } from './same-answers.ts'
import { verifiableTokens } from './verifiable-tokens.ts'

/** Every promise that is judged over a history; `no-secrets.ts` is judged over the logs. */
export const invariants: readonly Invariant[] = [
  consumedTokens,
  oneGeneration,
  endedStaysEnded,
  deliveredWorks,
  oneUse,
  blamelessClients,
  honestFailures,
  verifiableTokens,
  sameAnswers,
  inTime,
  nothingLost,
  asDescribed,
]
