/** What was used and may not be used again: the `jti` of client assertions, and of everything else that works once. */
export interface ReplayStore {
  /**
   * Marks a key as used until a date. Atomic: of any number of claims at once, on however many machines, exactly one is
   * `claimed`. At `until` the mark is over, so whoever claims must refuse what is as old as that by itself.
   */
  claim(key: string, until: Date): Promise<'claimed' | 'replayed'>
}
