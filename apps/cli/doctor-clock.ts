import { later } from '#core/clock.ts'
import type { OpenStores } from '#stores/open.ts'
import { type DoctorFinding, fine, wrong } from './doctor-finding.ts'

const mend = 'Set the clock, and keep it right with NTP (chrony, systemd-timesyncd).'

/** No release of Signet is older than this. */
const earliest = new Date('2026-11-01T00:00:00Z')

/** Whether this machine's clock can be right: not before this program was written, not behind what is recorded. */
export async function checkClock({ audit }: OpenStores, now: Date, skew: number): Promise<DoctorFinding> {
  if (now < earliest) return wrong(`The clock says ${now.toISOString()}: that is past.`, mend)
  const [ahead] = await audit.list({ since: later(now, Math.max(skew, 1)), most: 1 })
  if (!ahead) return fine(`The clock says ${now.toISOString()}.`)
  return wrong(`The clock is behind: the trail has an event at ${ahead.at.toISOString()}.`, mend)
}
