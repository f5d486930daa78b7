import type { Arena } from '../arena/arena.ts'
import { lookAtFamilies } from '../arena/look-at-families.ts'
import { briskly, startLives } from '../drive/lives.ts'
import { settle } from '../drive/settle.ts'
import { stealCode } from '../drive/steps.ts'
import { until } from '../lab/until.ts'
import { inArena } from './in-arena.ts'
import { middleAndWorst, type Scenario, type Told } from './scenario.ts'
import { whyNoServers } from './why-not.ts'

/** `kill -9` of both machines in turn, in the middle of anything; the other one goes on. */
export const signetKill: Scenario = {
  name: 'signet-kill',
  title: 'kill -9 of Signet, both machines in turn',
  unit: 'kills',
  full: 200,
  small: 2,
  async run(told) {
    const why = whyNoServers()
    return why ? { notRun: why } : inArena(told, {}, (arena) => killInTurn(told, arena))
  },
}

/** SIGTERM under load: who is under way is answered, who comes later goes to the other machine. */
export const signetStop: Scenario = {
  name: 'signet-stop',
  title: 'SIGTERM under load, both machines in turn',
  unit: 'stops',
  full: 50,
  small: 2,
  async run(told) {
    const why = whyNoServers()
    const settings = { SIGNET_DRAIN_DELAY: '1s' }
    return why ? { notRun: why } : inArena(told, { settings }, (arena) => stopInTurn(told, arena))
  },
}

async function killInTurn({ amount, say }: Told, arena: Arena) {
  const { stage, history, machines, chance } = arena
  const starts: number[] = []
  for (let round = 0; round < amount; round++) {
    const machine = machines[round % machines.length]
    const known = stage.families.length
    const lives = startLives(stage, briskly)
    const target = history.entries.length + 40 + chance.below(60)
    await until(() => history.entries.length >= target, { within: 30_000, what: 'load', every: 1 })
    const whole = history.break(`machine ${machine?.name}`)
    await machine?.kill()
    const more = history.entries.length + 40
    await until(() => history.entries.length >= more, { within: 30_000, what: 'load at the other machine', every: 5 })
    starts.push((await machine?.start()) ?? 0)
    whole()
    await lives.end()
    const touched = stage.families.slice(Math.max(0, known - briskly.lanes * briskly.families))
    await lookAtFamilies(arena, touched)
    await settle(stage, touched, briskly.retries)
    for (const family of touched.filter(({ isOver }) => !isOver).slice(0, 2)) await stealCode(stage, family)
    if ((round + 1) % 10 === 0) say(`${round + 1} of ${amount} kills`)
  }
  return { kills: amount, ...middleAndWorst('until the machine listens again', starts) }
}

async function stopInTurn({ amount, say }: Told, arena: Arena) {
  const { stage, history, machines, transport } = arena
  const stops: number[] = []
  for (let round = 0; round < amount; round++) {
    const machine = machines[round % machines.length]
    if (!machine) throw new Error('an arena has machines')
    const lives = startLives(stage, briskly)
    const load = async (requests: number) => {
      const target = history.entries.length + requests
      await until(() => history.entries.length >= target, { within: 30_000, what: 'load', every: 2 })
    }
    await load(60)
    const begun = performance.now()
    const stopped = machine.stop()
    // A balancer asks whether it is ready, and sends nothing more when it is not.
    await until(async () => !(await machine.isReady()), {
      within: 5000,
      what: 'a machine that is not ready',
      every: 20,
    })
    transport.avoid(machine.name, true)
    const exit = await stopped
    stops.push(performance.now() - begun)
    history.expect({ what: 'a machine that was told to stop ends well', found: `exit ${exit}`, isMet: exit === 0 })
    await load(30)
    await machine.start()
    transport.avoid(machine.name, false)
    await lives.end()
    if ((round + 1) % 10 === 0) say(`${round + 1} of ${amount} stops`)
  }
  await settle(stage, stage.families.slice(-60), briskly.retries)
  return { stops: amount, ...middleAndWorst('from SIGTERM to the end', stops) }
}
