import { invariant } from '../history/violation.ts'

/** What was acknowledged and is not in the stores, looked at directly. */
export const nothingLost = invariant('nothing-lost', 'what was acknowledged is in the stores', function* ({ looks }) {
  for (const { what, promised, found, isLost } of looks)
    if (isLost) yield { what: `${what}: promised ${promised}, found ${found}`, entries: [] }
})
