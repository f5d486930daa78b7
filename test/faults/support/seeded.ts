/** Chance that can be repeated: the same seed makes the same choices. */
export type Seeded = {
  readonly seed: number
  /** From 0 to 1, without 1. */
  chance(): number
  /** A whole number from 0 to below `most`. */
  below(most: number): number
  pick<A>(from: readonly A[]): A | undefined
  /** Chance of its own, for one of several who choose side by side. */
  branch(name: number): Seeded
}

/** Chance from a seed (the mulberry32 generator); a fresh one unless told. */
export function seeded(seed: number): Seeded {
  let state = seed >>> 0
  const chance = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (most: number) => Math.floor(chance() * most)
  return {
    seed,
    chance,
    below,
    pick: (from) => from[below(from.length)],
    branch: (name) => seeded(Math.imul(seed + 1, 2_654_435_761) + name),
  }
}

/** The seed of a program's first argument or of `SIGNET_TEST_SEED`, or a new one. */
export function chosenSeed(): number {
  const chosen = Number(process.env.SIGNET_TEST_SEED ?? Number.NaN)
  return Number.isSafeInteger(chosen) ? chosen : Math.floor(Math.random() * 2 ** 31)
}
