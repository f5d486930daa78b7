import type { Entry, Record } from '../history/history.ts'
import { isCertainEnd, type Lineage, lineages, mayHaveEnded } from '../history/lineage.ts'
import { invariant } from '../history/violation.ts'

type Found = { readonly what: string; readonly entries: readonly Entry[] }

/** Clients delete tokens on `invalid_grant` and stop on `invalid_client`: our faults must not say so. */
export const blamelessClients = invariant(
  'blameless-clients',
  'faults of ours never produce invalid_grant, invalid_client, a made-up active, or a sign-in page',
  function* (record) {
    for (const entry of record.entries)
      if (entry.error === 'invalid_client')
        yield { what: 'invalid_client for a client that is right', entries: [entry] }
    for (const lineage of lineages(record)) {
      yield* refusedRetries(lineage)
      yield* inactiveTokens(record, lineage)
      yield* inactiveRefreshTokens(record, lineage)
    }
    yield* refusedCodes(record)
    yield* lostSessions(record)
  },
)

/** A refresh whose answer was in doubt, or that was asked twice at once, is asked again in good faith. */
function* refusedRetries(lineage: Lineage): Iterable<Found> {
  for (const entry of lineage.refreshes) {
    if (entry.error !== 'invalid_grant' || mayHaveEnded(lineage, entry.ended)) continue
    const other = lineage.refreshes.find(
      ({ at, presented, begun }) => at !== entry.at && presented === entry.presented && begun < entry.ended,
    )
    if (entry.isRetry || other)
      yield { what: 'an honest repetition is refused', entries: other ? [other, entry] : [entry] }
  }
}

function* inactiveTokens({ entries, terms, losses }: Record, lineage: Lineage): Iterable<Found> {
  const inactive = lineage.introspections.filter(({ active, access }) => active === false && access !== undefined)
  if (inactive.length === 0) return
  const refusal = lineage.refreshes.find((entry) => isCertainEnd(entry, losses))
  for (const entry of inactive) {
    const birth = entries.find(({ access, act }) => access === entry.access && act !== 'introspect')
    if (!birth || entry.ended > birth.begun + terms.accessLife) continue
    if (mayHaveEnded(lineage, entry.ended) || (refusal && refusal.begun <= entry.ended)) continue
    yield { what: 'a living access token is said to be inactive', entries: [birth, entry] }
  }
}

/** The newest refresh token of a family is active until somebody brings it. */
function* inactiveRefreshTokens({ entries, losses }: Record, lineage: Lineage): Iterable<Found> {
  for (const entry of lineage.introspections) {
    const { presented, active, begun, ended } = entry
    if (active !== false || presented === undefined || mayHaveEnded(lineage, ended)) continue
    const birth = entries.find((one) => one.delivered === presented && one.done && one.ended < begun)
    const other = lineage.refreshes.find(
      (one) => (one.presented === presented || isCertainEnd(one, losses)) && one.begun <= ended,
    )
    if (birth && !other) yield { what: 'a living refresh token is said to be inactive', entries: [birth, entry] }
  }
}

/** Milliseconds that a code lives, with a reserve. */
const codeLife = 55_000

function* refusedCodes({ entries, losses }: Record): Iterable<Found> {
  const refused = entries.filter(({ act, error }) => act === 'redeem' && error === 'invalid_grant')
  for (const entry of refused) {
    if (entry.ends || losses.some(({ at }) => at <= entry.ended && at >= entry.begun - codeLife)) continue
    const signedOut = entries.some(
      ({ ends, session, begun }) => ends && session === entry.session && begun <= entry.ended,
    )
    if (!signedOut) yield { what: 'a new code is refused', entries: [entry] }
  }
}

/** Who has signed in is asked for a password again only after a sign-out. */
function* lostSessions({ entries }: Record): Iterable<Found> {
  const bySession = Map.groupBy(
    entries.filter(({ session, act }) => session !== undefined && (act === 'login' || act === 'logout')),
    ({ session }) => session,
  )
  for (const own of bySession.values()) {
    const welcome = own.find(({ act, status }) => act === 'login' && status === 303)
    const left = own.find(({ act }) => act === 'logout')?.begun ?? Number.POSITIVE_INFINITY
    const again = own.find(
      ({ act, status, begun, ended }) =>
        act === 'login' && status === 200 && welcome && begun > welcome.ended && ended < left,
    )
    if (welcome && again) yield { what: 'a person who is signed in is asked to sign in', entries: [welcome, again] }
  }
}
