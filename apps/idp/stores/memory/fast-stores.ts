import type { Clock } from '#core/clock.ts'
import type { Outage } from '#core/tokens/rotate-family.ts'
import type { FastStores } from '../stores.ts'
import { attemptStore } from './attempt-store.ts'
import { codeStore } from './code-store.ts'
import { familyStore } from './family-store.ts'
import { replayStore } from './replay-store.ts'
import { requestStore } from './request-store.ts'
import { revocationStore } from './revocation-store.ts'
import { sessionStore } from './session-store.ts'
import type { Transactions } from './table.ts'

/** What every implementation of the fast stores is told. */
export type FastStoreSettings = {
  readonly clock: Clock
  /** Seconds that a session may go unused. */
  readonly sessionIdle: number
  /** Seconds: the absolute life of refresh tokens; decides how long a spent code is remembered. 90 days unless told. */
  readonly refreshLife?: number
}

export const defaultRefreshLife = 90 * 24 * 60 * 60

/** The fast contracts over anything that runs verbs in transactions; `outage` as for {@link familyStore}. */
export function fastStores(
  transactions: Transactions,
  settings: FastStoreSettings,
  outage?: Outage,
): Omit<FastStores, 'check' | 'close'> {
  return {
    requests: requestStore(transactions),
    codes: codeStore(transactions, settings.refreshLife ?? defaultRefreshLife),
    sessions: sessionStore(transactions, settings.sessionIdle),
    families: familyStore(transactions, outage),
    revocations: revocationStore(transactions),
    attempts: attemptStore(transactions),
    replays: replayStore(transactions),
  }
}
