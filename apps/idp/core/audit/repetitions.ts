/** How many keys are remembered; beyond it the oldest are forgotten, and may be told once more. */
const mostKeys = 10_000

/**
 * Tells a repetition from the first of its kind within a while: `seconds` after it was first seen a key is new again.
 * Memory is bounded, whoever makes up the keys.
 */
export function openRepetitions(seconds: number): (key: string, now: Date) => boolean {
  const seen = new Map<string, number>()
  return (key, now) => {
    const first = seen.get(key)
    if (first !== undefined && now.getTime() - first < seconds * 1000) return true
    seen.delete(key)
    seen.set(key, now.getTime())
    const [oldest] = seen.size > mostKeys ? seen.keys() : []
    if (oldest !== undefined) seen.delete(oldest)
    return false
  }
}
