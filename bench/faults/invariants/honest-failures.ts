import { invariant } from '../history/violation.ts'
import { isDuringFault } from './fault-times.ts'

/** RFC 9110 §15.6.4: who cannot answer says so, and when to come back; and says it only then. */
export const honestFailures = invariant(
  'honest-failures',
  '5xx only while a dependency is down, loading or rebuilding, plus 3 s, always 503 with Retry-After',
  function* (record) {
    for (const entry of record.entries) {
      const { status, retryAfter, isHungUp, isTurnedAway } = entry
      if (isHungUp || (status !== undefined && status < 500)) continue
      const entries = [entry]
      if (status === undefined) {
        if (!isDuringFault(record, entry, /^(machine|network)/))
          yield { what: `${entry.act}: no whole answer`, entries }
        continue
      }
      if (status !== 503) yield { what: `${entry.act}: ${status}`, entries }
      else if (!/^\d+$/.test(retryAfter ?? '')) yield { what: `${entry.act}: 503 without Retry-After`, entries }
      if (!isTurnedAway && !isDuringFault(record, entry))
        yield { what: `${entry.act}: ${status} although nothing was broken`, entries }
    }
  },
)
