/** One counter that an attempt is counted in. */
export type AttemptLimit = {
  /** What is counted, for instance `account:<digest>`; never a secret, never a name in clear. */
  readonly key: string
  /** How many attempts the window allows. */
  readonly most: number
  /** Seconds from the first attempt of a window until it starts anew. */
  readonly window: number
}

export type AttemptClaim =
  | { readonly outcome: 'allowed' }
  /** One of the counters is full; `retryAfter` in seconds. Nothing was verified. */
  | { readonly outcome: 'full'; readonly key: string; readonly retryAfter: number }

/**
 * Counts guesses before they are verified, so that parallel ones cannot slip through. Survives a restart of the
 * process. `claim` counts in the order of `limits` and stops at the first full one, giving back what it counted before.
 * Why not a library: docs/decisions/0002.
 */
export interface AttemptStore {
  claim(limits: readonly AttemptLimit[]): Promise<AttemptClaim>
  /** Takes one attempt back from each counter: the guess was right. */
  refund(limits: readonly AttemptLimit[]): Promise<void>
  /** Forgets a counter. */
  end(key: string): Promise<void>
}
