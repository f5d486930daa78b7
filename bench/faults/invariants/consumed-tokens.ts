import { lineages } from '../history/lineage.ts'
import { invariant } from '../history/violation.ts'
import { graceEnd } from './fault-times.ts'

/** Milliseconds that an answer may have been on its way. */
const travel = 1000

/** RFC 9700 §4.14.2: what was replaced is dead, but for the grace in which its successor is answered again. */
export const consumedTokens = invariant(
  'consumed-tokens',
  'a consumed refresh token outside the grace never works again',
  function* (record) {
    for (const { refreshes } of lineages(record)) {
      const answered = refreshes.filter(({ done }) => done)
      for (const again of answered) {
        const uses = answered.filter(({ presented, ended }) => presented === again.presented && ended < again.begun)
        const first = uses.sort((one, other) => one.ended - other.ended)[0]
        if (first && again.begun > graceEnd(record, first.ended) + travel)
          yield { what: 'a refresh token worked again after the grace', entries: [first, again] }
      }
    }
  },
)
