import type { Entry } from '../history/history.ts'
import { lineages } from '../history/lineage.ts'
import { invariant } from '../history/violation.ts'

/** Converge, never fork: whoever asks with one token gets one successor, and who is two behind gets nothing. */
export const oneGeneration = invariant('one-generation', 'at most one live generation per family', function* (record) {
  for (const { generations, refreshes } of lineages(record)) {
    const answered = refreshes.filter(({ done }) => done)
    const successors = new Map<string | undefined, Entry>()
    for (const entry of answered) {
      const before = successors.get(entry.presented)
      if (before && before.delivered !== entry.delivered)
        yield { what: 'one refresh token had two successors', entries: [before, entry] }
      successors.set(entry.presented, entry)
      const ahead = answered.find(
        (other) => other.ended < entry.begun && generationOf(generations, other) > generationOf(generations, entry),
      )
      if (ahead) yield { what: 'a token worked although its successor had been used', entries: [ahead, entry] }
    }
  }
})

function generationOf(generations: ReadonlyMap<string, number>, { presented = '' }: Entry): number {
  return generations.get(presented) ?? Number.NaN
}
