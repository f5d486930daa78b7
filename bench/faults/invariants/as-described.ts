import { invariant } from '../history/violation.ts'

/** What the scenario promises of its own fault: how soon all is back, what goes on meanwhile. */
export const asDescribed = invariant(
  'as-described',
  'the fault is as the operator was told: how soon it is over, and what goes on meanwhile',
  function* ({ expectations }) {
    for (const { what, found, isMet } of expectations) if (!isMet) yield { what: `${what}: ${found}`, entries: [] }
  },
)
