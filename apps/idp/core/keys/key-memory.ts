/** SQL remembers which keys there were, so that a lost key volume is noticed. */
export interface KeyMemory {
  list(): Promise<readonly string[]>
  /** Adds these to what is remembered; one that is known already stays as it is. */
  put(kids: readonly string[]): Promise<void>
}
