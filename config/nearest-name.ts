/** The known name that a mistyped one was most likely meant to be; undefined where none is near. */
export function nearestName(mistyped: string, known: readonly string[]): string | undefined {
  const wanted = mistyped.toLowerCase()
  const byDistance = known
    .map((name) => ({ name, distance: distanceBetween(wanted, name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  const [best] = byDistance
  return best && best.distance <= Math.max(2, Math.floor(wanted.length / 3)) ? best.name : undefined
}

/** Letters to insert, delete or change to get from one text to the other (Levenshtein). */
function distanceBetween(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...one].entries()) {
    const next = [i + 1]
    for (const [j, against] of [...other].entries()) {
      const change = (row[j] ?? 0) + (letter === against ? 0 : 1)
      next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, change))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
