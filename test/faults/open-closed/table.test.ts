import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openReadiness } from '#server/management/readiness.ts'
import type { OpenStores } from '#stores/open.ts'
import { aStopwatch } from '#test/support/stopwatch.ts'
import { expectJsonError } from '../../security/support/answers.ts'
import { expectPagePolicy } from '../../security/support/page-policy.ts'
import type { Answer } from '../../security/support/world.ts'
import { type Endpoint, endpoints, isOpen } from './endpoints.ts'
import { type Fault, faults } from './faults.ts'
import { type Prepared, prepare } from './prepare.ts'
import { aStage, type Stage, whyNoStage } from './stage.ts'

/** Milliseconds: the deadline, and what a busy machine adds to it on the way. */
const inTime = 2000 + 400
/** Milliseconds after which everything works again by itself. */
const healedWithin = 5000

type Asked = { readonly endpoint: Endpoint; readonly answer: Answer; readonly milliseconds: number }

/** Says come back later by the door of the endpoint, and nothing that anybody would act upon. */
function expectClosed({ door, name }: Endpoint, answer: Answer): void {
  expect(Number(answer.headers.get('retry-after')), name).toBeGreaterThan(0)
  expect(answer.headers.get('www-authenticate'), name).toBeNull()
  if (door === 'json') {
    expectJsonError(answer, 503, 'temporarily_unavailable', `${name}: ${answer.text}`)
    expect(answer.headers.get('content-type'), name).toBe('application/json; charset=utf-8')
  } else {
    expect(answer.status, name).toBe(503)
    expect(answer.headers.get('content-type'), name).toBe('text/html; charset=utf-8')
    expectPagePolicy(answer, "'self'", name)
  }
}

async function ask(stage: Stage, endpoint: Endpoint, prepared: Prepared): Promise<Asked> {
  const watch = aStopwatch()
  const answer = await endpoint.ask(stage.world, prepared)
  return { endpoint, answer, milliseconds: Math.round(watch.milliseconds()) }
}

const whyNot = whyNoStage()

describe.skipIf(whyNot)(`what is open and what is closed${whyNot ? ` (${whyNot})` : ''}`, () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await aStage()
  })
  afterAll(() => stage?.close())

  /** Asked until it answers: whatever was closed opens by itself. */
  async function expectHealed(endpoint: Endpoint, prepared: Prepared, since: number): Promise<void> {
    let { answer } = await ask(stage, endpoint, prepared)
    while (answer.status === 503 && performance.now() - since < healedWithin)
      answer = (await ask(stage, endpoint, prepared)).answer
    endpoint.works(answer)
  }

  describe.each(faults)('while $name', { timeout: 60_000 }, (fault: Fault) => {
    let prepared: Prepared
    let asked: ReadonlyMap<Endpoint, Asked>
    let ready: ReadonlyMap<string, boolean>
    let endedAt: number
    beforeAll(async () => {
      prepared = await prepare(stage.world)
      try {
        await fault.begin(stage)
        const all = await Promise.all(endpoints.map((endpoint) => ask(stage, endpoint, prepared)))
        asked = new Map(all.map((one) => [one.endpoint, one]))
        const { checkDurable, checkFast } = stage.world.server.stores as OpenStores
        ready = await openReadiness({ database: checkDurable, store: checkFast }).look()
      } finally {
        await fault.end(stage)
        endedAt = performance.now()
      }
    })

    test.each(endpoints)('$name', (endpoint: Endpoint) => {
      const one = asked.get(endpoint)
      if (!one) throw new Error('not asked')
      if (isOpen(endpoint, fault)) endpoint.works(one.answer)
      else expectClosed(endpoint, one.answer)
      expect(one.milliseconds, endpoint.name).toBeLessThan(inTime)
    })

    test('the server says what it is not ready for', () => {
      expect([ready.get('database'), ready.get('store')]).toEqual([fault.sql === 'all', fault.redis === 'all'])
    })

    test('afterwards everything works by itself, and what was under way goes on', async () => {
      const closed = endpoints.filter((endpoint) => !isOpen(endpoint, fault))
      await Promise.all(closed.map((endpoint) => expectHealed(endpoint, prepared, endedAt)))
      stage.world.check([503])
    })
  })
})
