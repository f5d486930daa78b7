import { expect, test } from 'vitest'
import { systemClock } from '#core/clock.ts'
import { openMetrics } from '#server/management/metrics.ts'
import { openReadiness } from '#server/management/readiness.ts'
import { type AskedWorker, reportOf, WorkerGone, workersHealth } from '#server/management/workers.ts'

/** Workers as the primary sees them, with what each says. */
function aHouse() {
  const living: AskedWorker[] = []
  const health = workersHealth(() => living)
  function begin(id: number, checks: { [name: string]: () => Promise<void> } = {}) {
    const metrics = openMetrics(systemClock)
    const readiness = openReadiness(checks)
    metrics.watchReadiness(readiness.look)
    const worker = { id, ask: () => reportOf(readiness, metrics.snapshot) }
    living.push(worker)
    return { metrics, readiness, worker }
  }
  async function end(id: number): Promise<void> {
    living.splice(0, living.length, ...living.filter((worker) => worker.id !== id))
    await health.end(id)
  }
  async function failing(): Promise<readonly string[]> {
    return [...(await health.look())].filter(([, passes]) => !passes).map(([name]) => name)
  }
  async function exposed(series: string): Promise<number | undefined> {
    const line = (await health.expose()).text.split('\n').find((each) => each.startsWith(`${series} `))
    return line === undefined ? undefined : Number(line.split(' ')[1])
  }
  return { living, health, begin, end, failing, exposed }
}

const answer = { method: 'POST', route: '/token', status: 200, seconds: 0.003 }
const count = 'signet_http_request_duration_seconds_count{method="POST",route="/token",status="2xx"}'
const bucket = 'signet_http_request_duration_seconds_bucket{le="0.005",method="POST",route="/token",status="2xx"}'
const since = 'signet_key_signs_since_timestamp_seconds{alg="ES256"}'
const due = 'signet_key_next_rotation_timestamp_seconds{alg="ES256"}'

test('counters and histograms are summed, dates are not', async () => {
  const { begin, exposed } = aHouse()
  const [first, second] = [begin(1), begin(2)]
  for (const { metrics } of [first, first, second]) metrics.request(answer)
  first.metrics.watchKeys(() => [{ alg: 'ES256', since: new Date(1000), due: new Date(9000) }])
  second.metrics.watchKeys(() => [{ alg: 'ES256', since: new Date(3000), due: new Date(7000) }])
  first.metrics.clocks(new Map([['own', 600]]))
  second.metrics.clocks(new Map([['own', 600]]))
  first.metrics.redisFindings(new Map([['appendfsync', 1]]))
  second.metrics.redisFindings(new Map([['appendfsync', 1]]))
  expect(await exposed(count)).toBe(3)
  expect(await exposed(bucket)).toBe(3)
  expect([await exposed(since), await exposed(due)]).toEqual([3, 7])
  expect(await exposed('signet_clock_deviation_seconds{source="own"}')).toBe(600)
  expect(await exposed('signet_redis_findings{finding="appendfsync"}')).toBe(1)
})

test('a worker that died counts on, and what it measured is gone', async () => {
  const { begin, end, exposed } = aHouse()
  const [first, second] = [begin(1), begin(2)]
  for (let times = 0; times < 5; times += 1) first.metrics.request(answer)
  second.metrics.request(answer)
  first.metrics.watchPasswordQueue(() => 7)
  expect([await exposed(count), await exposed('signet_password_queue_waiting')]).toEqual([6, 7])

  await end(1)
  expect([await exposed(count), await exposed('signet_password_queue_waiting')]).toEqual([6, 0])
  const third = begin(3)
  third.metrics.request(answer)
  await end(2)
  await end(3)
  const last = begin(4)
  last.metrics.request(answer)
  expect([await exposed(count), await exposed(bucket)]).toEqual([7, 7])
})

test('of workers that end together, each counts on, and a scrape meanwhile sees no less', async () => {
  const { begin, end, exposed } = aHouse()
  const [first, second] = [begin(1), begin(2)]
  for (const { metrics } of [first, second, second]) metrics.request(answer)
  expect(await exposed(count)).toBe(3)
  const ending = [end(1), end(2)]
  expect(await exposed(count)).toBe(3)
  await Promise.all(ending)
  expect(await exposed(count)).toBe(3)
})

test('one that is being replaced does not take the others out of service; one that fails a check does', async () => {
  const { begin, failing, health } = aHouse()
  expect([await failing(), await health.hasStarted()]).toEqual([['accepting'], false])
  let isUp = true
  const check = async () => {
    if (!isUp) throw new Error('away')
  }
  const first = begin(1, { database: check })
  const second = begin(2, { database: async () => {} })
  expect([await failing(), await health.hasStarted()]).toEqual([['accepting'], false])

  first.readiness.begin()
  expect([await failing(), await health.hasStarted()]).toEqual([[], true])
  second.readiness.begin()
  isUp = false
  expect(await failing()).toEqual(['database'])
  isUp = true
  first.readiness.drain()
  second.readiness.drain()
  expect(await failing()).toEqual(['accepting'])
})

test('one that ends while it is asked is no failure', async () => {
  const { begin, end, living, failing } = aHouse()
  begin(1).readiness.begin()
  const second = begin(2)
  second.readiness.begin()
  living.splice(1, 1, { ...second.worker, ask: () => Promise.reject(new WorkerGone()) })
  expect(await failing()).toEqual([])
  const dying = async () => {
    await end(2)
    throw new Error('no answer')
  }
  living.splice(1, 1, { ...second.worker, ask: dying })
  expect(await failing()).toEqual([])
})

test('a worker that gets requests and answers nobody is told, and counts as it did before', async () => {
  const { begin, living, failing, exposed } = aHouse()
  const { metrics, readiness, worker } = begin(1)
  readiness.begin()
  metrics.request(answer)
  expect(await exposed(count)).toBe(1)
  living.splice(0, 1, { ...worker, ask: () => Promise.reject(new Error('no answer')) })
  expect(await failing()).toEqual(['worker'])
  expect(await exposed(count)).toBe(1)
})
