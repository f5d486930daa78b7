import { afterAll, expect, test } from 'vitest'
import { openFetcher } from '#idp/outbound/open-fetcher.ts'
import { testClock } from '#test/support/clock.ts'
import { aCertificate, anOutsideServer, aRawServer, diverted } from '#test/support/outside-servers.ts'

const certificate = aCertificate('DNS:rp.test', 'IP:93.184.216.34')
const canary = await aRawServer((socket) => socket.destroy())
const honest = await anOutsideServer((_, response) => {
  response.setHeader('content-type', 'application/json').end('{"who":"rp.test"}')
}, certificate)
afterAll(async () => {
  await canary.close()
  await honest.close()
})

const publicAddress = '93.184.216.34'
const types = ['application/json']

/** A resolver that answers each time with the next of its answers; the last one from then on. */
function rebinding(...answers: readonly (readonly string[])[]) {
  let asked = 0
  return { asked: () => asked, resolve: async () => answers[Math.min(asked++, answers.length - 1)] ?? [] }
}

function aFetcher(name: ReturnType<typeof rebinding>, clock = testClock()) {
  const { dialled, dial } = diverted(honest)
  const resolve = { stranger: name.resolve, named: name.resolve }
  return { dialled, fetcher: openFetcher({ allow: [], clock, resolve, dial, ca: certificate.cert }) }
}

test('G02 a name is looked up once per connection, and what was judged is what is dialled', async () => {
  const name = rebinding([publicAddress], ['127.0.0.1'])
  const { fetcher, dialled } = aFetcher(name)
  expect(await fetcher.get('https://rp.test/keys', { types })).toMatchObject({
    outcome: 'fetched',
    document: { text: '{"who":"rp.test"}' },
  })
  expect([name.asked(), dialled]).toEqual([1, [`${publicAddress}:443`]])
})

test('G02 a name that turns private later is refused then; the document it had serves on for a while only', async () => {
  const clock = testClock()
  const name = rebinding([publicAddress], ['127.0.0.1'])
  const { fetcher, dialled } = aFetcher(name, clock)
  await fetcher.get('https://rp.test/keys', { types })
  clock.move(61)
  expect((await fetcher.get('https://rp.test/keys', { types })).outcome).toBe('fetched')
  clock.move(3600)
  expect(await fetcher.get('https://rp.test/keys', { types })).toMatchObject({
    outcome: 'failed',
    reason: 'unreachable',
  })
  expect(dialled).toEqual([`${publicAddress}:443`])
  expect(name.asked()).toBe(3)
})

test('G02 a resolver of the real kind is dialled by address: the canary on this machine sees nobody', async () => {
  for (const answers of [[['127.0.0.1']], [['::ffff:127.0.0.1']], [['0.0.0.0'], [publicAddress]], [[]]]) {
    const name = rebinding(...answers)
    const resolve = { stranger: name.resolve, named: name.resolve }
    const fetcher = openFetcher({ allow: [], clock: testClock(), within: 1, resolve })
    expect((await fetcher.get(`https://rp.test:${canary.port}/`, { types })).outcome).toBe('failed')
  }
  expect(canary.connections()).toBe(0)
})

test('G02 the certificate has to be of the name that was asked, from an authority that is trusted', async () => {
  const name = () => rebinding([publicAddress])
  const asked = (uri: string) => aFetcher(name()).fetcher.get(uri, { types })
  expect((await asked('https://rp.test/')).outcome).toBe('fetched')
  expect((await asked(`https://${publicAddress}/`)).outcome).toBe('fetched')
  expect(await asked('https://other.test/')).toMatchObject({ reason: 'unreachable' })
  expect(await asked('https://93.184.216.35/')).toMatchObject({ reason: 'unreachable' })
  const resolve = { stranger: name().resolve, named: name().resolve }
  const untrusting = openFetcher({ allow: [], clock: testClock(), resolve, dial: diverted(honest).dial })
  expect(await untrusting.get('https://rp.test/', { types })).toMatchObject({ reason: 'unreachable' })
})

test('G02 an environment that turns certificates off, or names a proxy, changes nothing', async () => {
  const before = { ...process.env }
  const proxy = `http://127.0.0.1:${canary.port}`
  Object.assign(process.env, { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_USE_ENV_PROXY: '1', HTTPS_PROXY: proxy })
  Object.assign(process.env, { https_proxy: proxy, HTTP_PROXY: proxy, ALL_PROXY: proxy })
  try {
    const name = rebinding([publicAddress])
    const resolve = { stranger: name.resolve, named: name.resolve }
    const untrusting = openFetcher({ allow: [], clock: testClock(), resolve, dial: diverted(honest).dial })
    expect(await untrusting.get('https://rp.test/', { types })).toMatchObject({ reason: 'unreachable' })
    expect((await aFetcher(name).fetcher.get('https://rp.test/', { types })).outcome).toBe('fetched')
    expect(canary.connections()).toBe(0)
  } finally {
    process.env = before
  }
})

test('G02 TLS older than 1.2 is not spoken', async () => {
  const options = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const
  const old = await anOutsideServer((_, response) => response.end('{}'), { ...certificate, options })
  const name = rebinding([publicAddress])
  const resolve = { stranger: name.resolve, named: name.resolve }
  const settings = { allow: [], clock: testClock(), resolve, ca: certificate.cert, dial: diverted(old).dial }
  expect(await openFetcher(settings).get('https://rp.test/', { types })).toMatchObject({ reason: 'unreachable' })
  expect(old.requests).toEqual([])
  await old.close()
})
