import type { Arena } from '../arena/arena.ts'
import { lookAtFamilies } from '../arena/look-at-families.ts'
import { briskly, startLives } from '../drive/lives.ts'
import { settle } from '../drive/settle.ts'
import { until } from '../lab/until.ts'
import { inArena } from './in-arena.ts'
import type { Scenario, Told } from './scenario.ts'
import { whyNoServers } from './why-not.ts'

/** The clock of one machine jumps, under load and at its start. */
export const clockShift: Scenario = {
  name: 'clock-shift',
  title: 'the clock of one machine ten minutes ahead and behind',
  unit: 'shifts, ahead and behind in turn',
  full: 6,
  small: 2,
  async run(told) {
    const why = whyNoServers()
    return why ? { notRun: why } : inArena(told, {}, (arena) => shift(told, arena))
  },
}

const seconds = 600

async function shift({ amount, say }: Told, arena: Arena) {
  const { stage, history, machines } = arena
  const [, machine] = machines
  if (!machine) throw new Error('a second machine is needed')
  for (let round = 0; round < amount; round++) {
    const by = round % 2 === 0 ? seconds : -seconds
    const known = Math.max(0, stage.families.length - briskly.lanes * briskly.families)
    const lives = startLives(stage, briskly)
    const load = async (requests: number) => {
      const target = history.entries.length + requests
      await until(() => history.entries.length >= target, { within: 60_000, what: 'load', every: 5 })
    }
    await load(40)
    machine.shiftClock(by)
    await load(80)
    const alarm = () => clockOffset(arena)
    const seen = await until(async () => Math.abs(await alarm()) > seconds / 2, {
      within: 20_000,
      what: 'an alarm about the clock',
      every: 200,
    }).catch(() => false)
    history.expect({
      what: 'a clock that is wrong raises an alarm',
      found: seen ? 'one' : 'none',
      isMet: seen === true,
    })
    // A machine that starts with a wrong clock must not be worse off.
    const whole = history.break(`machine ${machine.name}`)
    await machine.stop()
    await machine.start()
    whole()
    await load(60)
    await lives.end()
    const touched = stage.families.slice(known)
    await lookAtFamilies(arena, touched)
    await settle(stage, touched, briskly.retries)
    machine.shiftClock(0)
    await settle(stage, touched, briskly.retries)
    say(`${round + 1} of ${amount}: ${by} s`)
  }
  return { shifts: amount, 'seconds of each': seconds }
}

/** How far the machine says that its clock is from the others', in seconds: the metric that the alarm is made of. */
async function clockOffset({ machines }: Arena): Promise<number> {
  const text = await fetch(`${machines[1]?.management}/metrics`).then(
    (answer) => answer.text(),
    () => '',
  )
  return Number(/^signet_clock_deviation_seconds\{source="own"\} (\S+)$/m.exec(text)?.[1] ?? 0)
}
