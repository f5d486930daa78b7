import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { afterEach, describe, expect, test } from 'vitest'
import { Unavailable } from '#core/oauth/error.ts'
import { jsonErrors } from '#server/backchannel/errors.ts'
import { answerInTime, untimed } from '#server/http/deadline.ts'
import { createLogger, loggingOptions } from '#server/http/logging.ts'
import { aStopwatch } from '#test/support/stopwatch.ts'

const opened: FastifyInstance[] = []
afterEach(() => Promise.all(opened.splice(0).map((app) => app.close())))

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>
type Line = { readonly level: string; readonly msg: string }

/** A server that listens, answers within a fifth of a second, and does at `/` what the test says. */
async function aServer(handler: Handler, options: { mostUnderWay?: number; hook?: () => Promise<void> } = {}) {
  const log: Line[] = []
  const logger = createLogger({ log: { level: 'debug' } }, { write: (line: string) => void log.push(JSON.parse(line)) })
  const app = Fastify({ ...loggingOptions(logger), forceCloseConnections: true })
  opened.push(app)
  answerInTime(app, { answerWithin: 0.2, mostUnderWay: options.mostUnderWay ?? 100 })
  if (options.hook) app.addHook('onRequest', options.hook)
  app.setErrorHandler((_error, _request, reply) => void reply.code(500).send('the wrong door'))
  app.addContentTypeParser('text/plain', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  await app.register(async (scope) => {
    jsonErrors(scope, 'https://id.test')
    scope.route({ url: '/', method: ['GET', 'POST'], handler })
  })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  /** Lines that somebody would be woken by. */
  const alarms = () => log.filter(({ level, msg }) => ['warn', 'error'].includes(level) && msg !== 'could not answer')
  return { origin, log, alarms, ask: () => fetch(origin) }
}

async function expectUnavailable(answer: Response): Promise<void> {
  expect(answer.status).toBe(503)
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await answer.json()).toEqual({
    error: 'temporarily_unavailable',
    error_description: 'try again in a moment',
  })
}

describe('whoever is not answered in time is told to come back, by the door of their own', () => {
  test('a handler that hangs, and a hook before it that hangs', async () => {
    const never = new Promise<void>(() => undefined)
    const hanging = await aServer(() => never)
    const before = await aServer(async () => 'done', { hook: () => never })
    for (const { ask } of [hanging, before]) {
      const watch = aStopwatch()
      await expectUnavailable(await ask())
      expect(watch.milliseconds()).toBeLessThan(1500)
    }
  })

  test.for<readonly [string, Handler]>([
    ['answers', async () => 'late'],
    ['finds a store away', async () => Promise.reject(new Unavailable('late'))],
  ])('one that %s when nobody waits any more makes no noise', async ([, outcome]) => {
    const go = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<void>()
    const { ask, alarms, log } = await aServer(async (request, reply) => {
      await go.promise
      setImmediate(ended.resolve)
      return outcome(request, reply)
    })
    await expectUnavailable(await ask())
    go.resolve()
    await ended.promise
    expect(alarms()).toEqual([])
    expect(log.filter(({ msg }) => msg === 'could not answer')).toHaveLength(1)
  })

  test('a bug that shows late is told of all the same', async () => {
    const go = Promise.withResolvers<void>()
    const { ask, alarms } = await aServer(async () => {
      await go.promise
      throw new TypeError('a bug')
    })
    await expectUnavailable(await ask())
    go.resolve()
    await expect.poll(() => alarms().map(({ msg }) => msg)).toEqual(['failed after its time was over'])
  })

  test('a handler that sends by itself, late, sends nothing', async () => {
    const go = Promise.withResolvers<void>()
    const ended = Promise.withResolvers<void>()
    const { ask, alarms } = await aServer(async (_request, reply) => {
      await go.promise
      reply.header('set-cookie', 'late=1').redirect('/elsewhere', 303)
      setImmediate(ended.resolve)
      return reply
    })
    const answer = await ask()
    expect(answer.headers.get('set-cookie')).toBeNull()
    await expectUnavailable(answer)
    go.resolve()
    await ended.promise
    expect(alarms()).toEqual([])
  })
})

describe('what does not count', () => {
  test('work with a bound of its own; what comes before and after it does', async () => {
    const patient = await aServer(async (request) => {
      await untimed(request, () => wait(600))
      return wait(100, 'done')
    })
    expect((await patient.ask()).status).toBe(200)
    const slow = await aServer(async (request) => {
      await untimed(request, () => wait(300))
      await new Promise(() => undefined)
    })
    await expectUnavailable(await slow.ask())
  })

  test('the time in which the caller sends the body', async () => {
    const { origin } = await aServer(async ({ body }) => body)
    const { hostname, port } = new URL(origin)
    const socket = connect(Number(port), hostname)
    let answer = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text
    })
    socket.write(
      `POST / HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 6\r\nconnection: close\r\n\r\nsl`,
    )
    await wait(600)
    socket.write('owly')
    await expect.poll(() => answer, { timeout: 5000 }).toContain('slowly')
    socket.destroy()
  })

  test('a process that was held up reads what has arrived before it gives up', async () => {
    const { ask } = await aServer(async () => {
      const reading = readFile(import.meta.filename, 'utf8')
      const until = performance.now() + 400
      while (performance.now() < until);
      return (await reading).length
    })
    expect((await ask()).status).toBe(200)
  })
})

test('of those who come while too many wait, none waits', async () => {
  const never = new Promise<void>(() => undefined)
  const { ask } = await aServer(() => never, { mostUnderWay: 2 })
  await Promise.all([ask(), ask()])
  const watch = aStopwatch()
  await expectUnavailable(await ask())
  expect(watch.milliseconds()).toBeLessThan(190)
})
