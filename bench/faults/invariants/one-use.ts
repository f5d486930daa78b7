import { invariant } from '../history/violation.ts'

/** RFC 6749 §4.1.2 for codes, RFC 7523 §3 for `jti`. */
export const oneUse = invariant('one-use', 'one 200 per code and per jti', function* ({ entries }) {
  const answered = entries.filter(
    ({ act, done, presented }) => (act === 'redeem' || act === 'own_token') && done && presented !== undefined,
  )
  for (const uses of Map.groupBy(answered, ({ presented }) => presented).values())
    if (uses.length > 1) yield { what: `worked ${uses.length} times`, entries: uses }
})
