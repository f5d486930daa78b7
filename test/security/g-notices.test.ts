import { afterAll, expect, test } from 'vitest'
import { systemClock } from '#core/clock.ts'
import { openFetcher } from '#idp/outbound/open-fetcher.ts'
import { anOutsideServer, aRawServer } from '#test/support/outside-servers.ts'
import { aStopwatch } from '#test/support/stopwatch.ts'

const canary = await aRawServer((socket) => socket.destroy())
const slow = await aRawServer(() => {})
const bodies: string[] = []
const honest = await anOutsideServer((request, response) => {
  let text = ''
  request.on('data', (chunk) => {
    text += chunk
  })
  request.on('end', () => {
    bodies.push(text)
    response.writeHead(request.url === '/moved' ? 307 : 204, { location: `http://localhost:${canary.port}/` }).end()
  })
})
afterAll(() => Promise.all([canary.close(), slow.close(), honest.close()]))

const form = { type: 'application/x-www-form-urlencoded', text: 'logout_token=x' }

test('G07 a notice goes where it should, once, and says how it was answered', async () => {
  const fetcher = openFetcher({ allow: ['localhost'], clock: systemClock })
  const uri = `http://localhost:${honest.port}/logout`
  expect(await fetcher.post(uri, form)).toEqual({ outcome: 'answered', status: 204 })
  expect(await fetcher.post(uri, form)).toEqual({ outcome: 'answered', status: 204 })
  expect(bodies.splice(0)).toEqual(['logout_token=x', 'logout_token=x'])
  expect(honest.requests[0]).toMatchObject({ method: 'POST', url: '/logout' })
  expect(honest.requests[0]?.headers.get('content-type')).toBe('application/x-www-form-urlencoded')
})

test('G07 a redirecting target is not followed: the notice goes nowhere else', async () => {
  const fetcher = openFetcher({ allow: ['localhost'], clock: systemClock })
  const answered = await fetcher.post(`http://localhost:${honest.port}/moved`, form)
  expect(answered).toEqual({ outcome: 'answered', status: 307 })
  expect(canary.connections()).toBe(0)
})

test('G07 an internal target is never reached, by its address or by a name', async () => {
  const resolve = async () => ['127.0.0.1', '::ffff:127.0.0.1']
  const fetcher = openFetcher({ allow: [], clock: systemClock, resolve: { stranger: resolve, named: resolve } })
  for (const host of ['127.0.0.1', 'localhost', '[::1]', 'rp.test', '{host}', '*.test']) {
    expect((await fetcher.post(`https://${host}:${canary.port}/`, form)).outcome, host).toBe('failed')
  }
  expect(canary.connections()).toBe(0)
})

test('G07 a thousand notices to a slow host hold up neither other hosts nor a client’s keys, and do not pile up', async () => {
  const fetcher = openFetcher({ allow: ['localhost', '127.0.0.1'], clock: systemClock, within: 1 })
  const notices = Array.from({ length: 1000 }, () => fetcher.post(`http://127.0.0.1:${slow.port}/`, form))
  const watch = aStopwatch()
  const other = await fetcher.post(`http://localhost:${honest.port}/logout`, form)
  await fetcher.get(`http://localhost:${honest.port}/keys`, { types: ['application/json'] })
  expect(watch.milliseconds()).toBeLessThan(900)
  expect(other).toEqual({ outcome: 'answered', status: 204 })
  expect(slow.connections()).toBe(4)
  const reasons = (await Promise.all(notices)).map((one) => (one.outcome === 'failed' ? one.reason : one.status))
  expect(new Set(reasons)).toEqual(new Set(['unreachable', 'busy']))
  expect(watch.milliseconds()).toBeLessThan(3000)
})
