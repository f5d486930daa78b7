import { invariant } from '../history/violation.ts'

/** Verifiers keep the JWKS for as long as it says, and no longer. */
export const verifiableTokens = invariant(
  'verifiable-tokens',
  'every signed token verifies with a JWKS that obeys its cache time',
  function* ({ verifications }) {
    for (const { token, fault, at } of verifications)
      if (fault !== undefined) yield { what: `token ${token} after ${Math.round(at)} ms: ${fault}`, entries: [] }
  },
)
