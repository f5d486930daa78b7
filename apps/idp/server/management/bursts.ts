import type { Clock } from '#core/clock.ts'

/** Counts events by key over the last minutes and answers the highest count of any one key. */
export type Bursts = {
  /** Counts one event of a key. */
  add(key: string): void
  /** The most events that one key had in the window; 0 where there were none. Never overstates. */
  highest(): number
}

const slice = 60_000
const slices = 5

/** How often a key was counted, and how much of that it may have taken over from keys that gave way to it. */
type Count = { readonly most: number; readonly inherited: number }

/**
 * Windows of five minutes in slices of one, with at most `mostKeys` keys each. Memory stays bounded whatever strangers
 * send: in a full slice a new key takes the place and the count of the rarest (the Space-Saving algorithm of Metwally,
 * Agrawal and El Abbadi), so that a key with more than one in `mostKeys` of all events is always among those counted.
 */
export function openBursts(clock: Clock, mostKeys = 2000): Bursts {
  let windows: { readonly start: number; readonly counts: Map<string, Count> }[] = []

  function current(): Map<string, Count> {
    const start = Math.floor(clock.now().getTime() / slice)
    windows = windows.filter((window) => window.start > start - slices && window.start <= start)
    const last = windows.at(-1)
    if (last?.start === start) return last.counts
    const counts = new Map<string, Count>()
    windows.push({ start, counts })
    return counts
  }

  return {
    add(key) {
      const counts = current()
      const known = counts.get(key) ?? (counts.size < mostKeys ? { most: 0, inherited: 0 } : replaceRarest(counts))
      counts.set(key, { ...known, most: known.most + 1 })
    },
    highest() {
      current()
      const sums = new Map<string, number>()
      for (const { counts } of windows)
        for (const [key, { most, inherited }] of counts) sums.set(key, (sums.get(key) ?? 0) + most - inherited)
      return [...sums.values()].reduce((most, count) => Math.max(most, count), 0)
    },
  }
}

/** Takes the rarest key out and answers what its successor starts from. */
function replaceRarest(counts: Map<string, Count>): Count {
  let least = Number.POSITIVE_INFINITY
  let found = ''
  for (const [key, { most }] of counts) if (most < least) [found, least] = [key, most]
  counts.delete(found)
  return { most: least, inherited: least }
}
