import { type Clock, later, systemClock } from '#core/clock.ts'
import type { OpenStores } from '#stores/open.ts'
import { type DoctorFinding, fine, warning, wrong } from './doctor-finding.ts'

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

/** Seconds that two clocks may differ before somebody should look. */
const alarming = 5

/** A warning where a server's clock is not ours, seen in the middle of the round trip. Rejects as `ask` does. */
export async function checkServerClock(
  name: string,
  ask: () => Promise<unknown>,
  { now }: Clock = systemClock,
): Promise<readonly DoctorFinding[]> {
  const asked = now().getTime()
  const time = await ask()
  const middle = (asked + now().getTime()) / 2
  if (!(time instanceof Date)) throw new Error('no time was told')
  const ahead = (time.getTime() - middle) / 1000
  if (Math.abs(ahead) <= alarming) return []
  const what = `The clock of ${name} is ${Math.abs(ahead).toFixed(0)} s ${ahead > 0 ? 'ahead of' : 'behind'} ours.`
  return [warning(what, 'See which of the two is right, and keep both right with NTP (chrony, systemd-timesyncd).')]
}
