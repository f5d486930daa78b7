import { lineages, mayHaveEnded } from '../history/lineage.ts'
import { invariant } from '../history/violation.ts'

/** Nobody honest is signed out: what a 200 delivered is good until somebody ends it. */
export const deliveredWorks = invariant(
  'delivered-works',
  'a refresh token delivered in a 200 works later',
  function* (record) {
    for (const lineage of lineages(record)) {
      const { generations, refreshes } = lineage
      for (const entry of refreshes) {
        const generation = generations.get(entry.presented ?? '')
        if (entry.error !== 'invalid_grant' || generation === undefined) continue
        if (mayHaveEnded(lineage, entry.ended)) continue
        const used = refreshes.find(
          ({ at, presented, begun, status = 200 }) =>
            at !== entry.at && presented === entry.presented && begun < entry.ended && status < 500,
        )
        const newer = refreshes.find(
          ({ presented = '', begun }) => begun < entry.ended && (generations.get(presented) ?? 0) > generation,
        )
        if (!used && !newer) yield { what: 'a refresh token that was delivered is refused', entries: [entry] }
      }
    }
  },
)
