/** How many buckets the fast store's keys are spread over: part of the stored format. */
export const bucketCount = 256

/** What SQL knows of one bucket of the fast store: which memory of it is the true one. */
export type BucketFact = {
  /** 0 to 255. */
  readonly bucket: number
  /** Rises each time the bucket has lost its memory; what was written under another one is not believed. */
  readonly epoch: number
  /** How many writes the bucket had taken when it was last noted (written behind): fewer means that some were lost. */
  readonly writes: number
  /** When it was last seen to answer (written behind). */
  readonly seenAt: Date
}

/** The epochs, in SQL: what survives when the fast store does not. */
export interface EpochStore {
  /**
   * What tells this database from every other one: chosen by chance at the first call, the same ever after. It stands in
   * the fast store too, so that two databases never fight for the same keys.
   */
  installation(): Promise<string>
  /** All buckets, by number; makes them at epoch 1 where there are none. */
  list(now: Date): Promise<readonly BucketFact[]>
  /** Compare-and-set: moves those buckets whose epoch still is `from` to `to`, and answers which they are. */
  claim(
    moves: readonly { readonly bucket: number; readonly from: number; readonly to: number }[],
  ): Promise<readonly number[]>
  /** Raises `writes` and `seenAt` of buckets that still have this epoch; neither goes back. */
  note(facts: readonly BucketFact[]): Promise<void>
}
