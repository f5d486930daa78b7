import type { Arena } from '../arena/arena.ts'
import { lookAtFamilies } from '../arena/look-at-families.ts'
import type { LabFamily } from '../drive/cast.ts'
import { briskly, everything, type Pace } from '../drive/lives.ts'
import { settle } from '../drive/settle.ts'
import type { Looked } from '../history/history.ts'
import { processTree } from '../lab/guarded-process.ts'
import { until } from '../lab/until.ts'
import type { Member, WatchedRedis } from '../lab/watched-redis.ts'
import { openProbe, type Probe } from './recovery.ts'
import { middleAndWorst, type Scenario, type Told } from './scenario.ts'
import { load, overSentinels, whileLiving } from './sentinel.ts'

/**
 * The same without waiting: the primary dies after its replicas have lost touch. What it acknowledged meanwhile is not in
 * the stores, which is counted here and not judged; everything that is answered afterwards is judged like everywhere.
 */
export const sentinelUnwaited: Scenario = {
  name: 'sentinel-unwaited',
  title: 'Sentinel fail-over without WAIT: acknowledged writes are lost, and no answer afterwards is wrong',
  unit: 'fail-overs to a replica that has lost touch',
  full: 5,
  small: 1,
  run: (told) => overSentinels(told, { SIGNET_REDIS_ACCEPT: 'replicas-unwaited' }, failOver),
}

/** The floor of a family is behind by seconds: who steals within them is the one thing that a loss makes easier. */
const honestly: Pace = { ...briskly, habits: { ...everything, stealToken: 0, stealCode: 0 } }

async function failOver({ amount, say }: Told, arena: Arena, redis: WatchedRedis) {
  const { stage, history } = arena
  const probe = await openProbe(arena)
  const backs: number[] = []
  const seen: Looked[] = []
  for (let round = 0; round < amount; round++) {
    const known = Math.max(0, stage.families.length - honestly.lanes * honestly.families)
    const touched = () => stage.families.slice(known)
    const primary = await loseTouch(arena, redis)
    const rebuilt = history.break('rebuilding')
    seen.push(...(await countLost(arena, redis, touched())))
    backs.push(await untilReady(arena, probe))
    rebuilt()
    await whileLiving(arena, honestly, () => load(arena, 60))
    await settle(stage, touched(), honestly.retries)
    await primary.process.restart()
    await redis.healthy()
    say(`${round + 1} of ${amount}: ${seen.filter(({ isLost }) => isLost).length} lost so far`)
  }
  const lost = seen.filter(({ isLost }) => isLost).length
  history.expect({ what: 'without WAIT the bench sees losses', found: `${lost}`, isMet: lost > 0 })
  return {
    'fail-overs': amount,
    'acknowledged states looked at on the new primary': seen.length,
    'of them lost, as they must be without WAIT': lost,
    ...middleAndWorst('from the new primary to all answers', backs),
  }
}

/** The primary loses everybody but the machines, acknowledges a while longer, and dies. Resolves when another serves. */
async function loseTouch(arena: Arena, redis: WatchedRedis): Promise<Member> {
  const { history, machines } = arena
  const primary = await redis.primary()
  if (!primary) throw new Error('there is no primary')
  const companions = machines.flatMap((machine) => processTree(machine.pid()))
  const whole = await whileLiving(arena, honestly, async () => {
    await load(arena, 60)
    const heal = redis.cutOff(primary, companions)
    await load(arena, 40)
    const whole = history.break('redis')
    history.lose('redis')
    await primary.process.kill()
    heal(true)
    return whole
  })
  const isServing = async () => ![undefined, primary].includes(await redis.primary())
  await until(isServing, { within: 30_000, what: 'another primary' })
  whole()
  return primary
}

/** What was acknowledged and the new primary does not have; nothing is judged by it. */
async function countLost(
  arena: Arena,
  redis: WatchedRedis,
  families: readonly LabFamily[],
): Promise<readonly Looked[]> {
  const seen: Looked[] = []
  const current = await redis.primary()
  const history = { ...arena.history, look: (one: Looked) => void seen.push(one) }
  await lookAtFamilies({ ...arena, history }, families, async (key) => current?.process.call('GET', key))
  return seen.filter(({ what }) => what.endsWith('in Redis'))
}

async function untilReady({ machines }: Arena, probe: Probe): Promise<number> {
  const begun = performance.now()
  await probe.untilBack(30_000)
  const isReady = async () => (await Promise.all(machines.map((one) => one.isReady()))).every(Boolean)
  await until(isReady, { within: 30_000, what: 'machines that are ready' })
  return performance.now() - begun
}
