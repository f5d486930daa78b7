import { isCertainEnd, lineages } from '../history/lineage.ts'
import { invariant } from '../history/violation.ts'
import { agreement } from './same-answers.ts'

/** RFC 7009 §2: once the answer is given, the token cannot be used again; and a refusal is final. */
export const endedStaysEnded = invariant(
  'ended-stays-ended',
  'after a 200 from revoke, logout or reuse the thing is inactive for ever',
  function* (record) {
    for (const { generations, refreshes, ends, introspections } of lineages(record)) {
      const refusals = refreshes.filter(({ presented = '' }) => generations.has(presented))
      const found = [...ends, ...refusals].filter((entry) => isCertainEnd(entry, record.losses))
      const certain = found.sort((one, other) => one.ended - other.ended)[0]
      if (!certain) continue
      const revived = refreshes.find(({ done, begun }) => done && begun > certain.ended)
      if (revived) yield { what: `a family worked after ${certain.act} had ended it`, entries: [certain, revived] }
      const active = introspections.find(({ active, begun }) => active === true && begun > certain.ended + agreement)
      if (active) yield { what: `a token was active after ${certain.act} had ended it`, entries: [certain, active] }
    }
  },
)
