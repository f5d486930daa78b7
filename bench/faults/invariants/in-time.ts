import { invariant } from '../history/violation.ts'
import { isDuringFault } from './fault-times.ts'

/** Milliseconds: the promise, and what two busy cores may take to hand out a turn. What our own process lost is added. */
const deadline = 2000
const scheduling = 500
/** A password may wait for as long as `passwords.queue` says: work of our own, whatever dependencies do. */
const passwords = 2000

/** Whatever a dependency does. Machines that were killed or stopped themselves answer nothing. */
export const inTime = invariant('in-time', 'every request is answered within 2 s', function* (record) {
  for (const entry of record.entries) {
    const took = entry.ended - entry.begun
    const allowed = deadline + scheduling + record.lag + (entry.act === 'login' ? passwords : 0)
    if (took <= allowed || isDuringFault(record, entry, /^(machine|network)/)) continue
    yield { what: `${entry.act} took ${Math.round(took)} ms`, entries: [entry] }
  }
})
