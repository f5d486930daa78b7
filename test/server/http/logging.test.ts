import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { logRequests } from '#server/http/log-requests.ts'
import { createLogger, logAudit, loggingOptions, logListening } from '#server/http/logging.ts'

function aLog() {
  const lines: string[] = []
  const logger = createLogger({ log: { level: 'trace' } }, { write: (line: string) => lines.push(line) })
  return { logger, text: () => lines.join(''), lines: () => lines.map((line) => JSON.parse(line)) }
}

const canary = 'canary-7f3a'

test('a request is one line with an id of ours, its path without query, and nothing the client said', async () => {
  const { logger, text, lines } = aLog()
  const app = Fastify(loggingOptions(logger))
  logRequests(app)
  app.post('/login', async () => 'fine')
  await app.inject({
    method: 'POST',
    url: `/login?code=${canary}&state=${canary}#${canary}`,
    headers: {
      authorization: `Basic ${canary}`,
      cookie: `sid=${canary}`,
      'x-request-id': canary,
      'user-agent': canary,
    },
    payload: { password: canary },
  })
  await app.close()

  expect(lines()).toHaveLength(1)
  expect(lines()[0]).toMatchObject({
    level: 'info',
    requestId: expect.stringMatching(/^[\w-]{16}$/),
    req: { method: 'POST', path: '/login' },
    route: '/login',
    status: 200,
  })
  expect(text()).not.toContain(canary)
})

test('a thrown error is logged with its causes and without what drivers hang on it', async () => {
  const { logger, text, lines } = aLog()
  const cause = Object.assign(new Error(`connect postgresql://signet:${canary}@db/signet?password=${canary} failed`), {
    code: 'ECONNREFUSED',
    command: { args: [canary] },
    input: canary,
  })
  logger.error(new Error('the store is away', { cause }), 'failed')
  logger.error({ err: canary }, 'not an error')

  expect(text()).not.toContain(canary)
  expect(lines()[0]).toMatchObject({
    err: {
      message: 'the store is away',
      cause: { code: 'ECONNREFUSED', message: expect.stringContaining('@db/signet failed') },
    },
  })
})

test.each([
  ['at the top', { password: canary, refresh_token: canary, 'set-cookie': canary, code: canary }],
  ['in a form', { form: { code: canary, client_secret: canary, code_verifier: canary, password: canary } }],
  ['in headers', { req2: { headers: { authorization: canary, cookie: canary, 'set-cookie': canary } } }],
  ['three deep', { a: { b: { c: { id_token: canary, secret: canary, sealed: canary } } } }],
])('secrets are cut by their path: %s', (_where, line) => {
  const { logger, text } = aLog()
  logger.info(line, 'something')
  expect(text()).toContain('[redacted]')
  expect(text()).not.toContain(canary)
})

test('the line that says ready carries the event and the addresses', () => {
  const { logger, lines } = aLog()
  logListening(logger, { public: ['http://127.0.0.1:3000'], management: ['http://127.0.0.1:9090'] })
  expect(lines()[0]).toMatchObject({
    event: 'listening',
    addresses: { public: ['http://127.0.0.1:3000'], management: ['http://127.0.0.1:9090'] },
  })
})

test('an audit event is a line too; a failure is a warning', () => {
  const { logger, lines } = aLog()
  const event = {
    id: 'x',
    at: new Date(0),
    event: 'token.reused',
    outcome: 'failure',
    actor: 'client:app',
    userId: 'u',
    clientId: 'app',
    sessionId: undefined,
    familyId: 'f',
    address: '127.0.0.1',
    agent: '',
    requestId: 'r',
    details: { generation: 3 },
  } as const
  logAudit(logger)(event)
  logAudit(logger)({ ...event, outcome: 'success', event: 'token.issued' })
  expect(lines()[0]).toMatchObject({
    level: 'warn',
    msg: 'token.reused',
    audit: { familyId: 'f', details: { generation: 3 } },
  })
  expect(lines()[1]).toMatchObject({ level: 'info', audit: { at: '1970-01-01T00:00:00.000Z' } })
})
