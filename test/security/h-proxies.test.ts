import dns from 'node:dns'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { ConfigError } from '#config/config-error.ts'
import { expectJsonError } from './support/answers.ts'
import { list } from './support/list.ts'
import { authorizeUrl, postForm, redeem, signIn } from './support/steps.ts'
import { type Answer, aWorld, theWorld, type World } from './support/world.ts'

const world = await theWorld()
const documents = list(
  '/.well-known/openid-configuration /.well-known/oauth-authorization-server /.well-known/jwks.json',
)

const forged: Readonly<Record<string, string>> = {
  'x-forwarded-host': 'evil.test',
  'x-forwarded-proto': 'https',
  'x-forwarded-for': '203.0.113.7',
  'x-forwarded-port': '443',
  'x-forwarded-prefix': '/evil',
  'x-forwarded-server': 'evil.test',
  forwarded: 'for=203.0.113.7;host=evil.test;proto=https',
  'x-original-url': '/metrics',
  'x-rewrite-url': '/metrics',
  'x-host': 'evil.test',
  'x-original-host': 'evil.test',
  'x-real-ip': '203.0.113.7',
  'true-client-ip': '203.0.113.7',
  'cf-connecting-ip': '203.0.113.7',
  'x-client-ip': '203.0.113.7',
  'x-http-host-override': 'evil.test',
  'x-original-uri': '/metrics',
  'x-url-scheme': 'https',
  'front-end-https': 'on',
  via: '1.1 evil.test',
}

/** What an answer says, without what is new in every one. */
function essence({ status, headers, text }: Answer) {
  const plain = (value: string) =>
    value.replace(
      /ref_[\w-]+|signet-browser=[\w-]+|data-copy="[\w-]+"|value="[\w-]{43}"|<code>[\w-]{16}<\/code>|[\w-]{16}<\/|id&#61;\w+/g,
      '…',
    )
  const kept = [...headers]
    .filter(([name]) => !['date', 'content-length'].includes(name))
    .map(([name, value]) => [name, plain(value)])
  return { status, headers: kept, text: plain(text) }
}

describe('H02 nobody is believed but a listed proxy', () => {
  test('H02 forwarding headers from a stranger change no answer', async () => {
    const flow = String(authorizeUrl(world, world.c1))
    for (const path of ['/', '/login?id=x', flow, '/authorize', '/nowhere', ...documents]) {
      const honest = essence(await world.send(path))
      for (const [name, value] of Object.entries(forged)) {
        expect(essence(await world.send(path, { headers: { [name]: value } })), `${path} ${name}`).toEqual(honest)
      }
      expect(essence(await world.send(path, { headers: forged })), path).toEqual(honest)
    }
  })

  test('H02 the log and the audit trail have the address of the socket', async () => {
    await world.send('/', { headers: forged })
    const { person } = await signIn(world)
    await person.browser.open(`${world.issuer}/`)
    expect(world.server.log.join('')).not.toContain('203.0.113.7')
    expect(addressesOf(world)).toEqual(['127.0.0.1'])
  })

  test('H02 a new forged address for every guess is still one guesser', async () => {
    const limited = await aWorld({ flags: { 'throttle.perClient': '5' } })
    onTestFinished(limited.close)
    const statuses: number[] = []
    for (let guess = 0; guess < 10; guess++) {
      const headers = {
        'x-forwarded-for': `203.0.113.${guess}`,
        forwarded: `for=203.0.113.${guess}`,
        'x-real-ip': `203.0.113.${guess}`,
      }
      const body = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: 'c2',
        client_secret: `guess ${guess}`,
      })
      statuses.push((await limited.send('/token', { method: 'POST', headers, body })).status)
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429, 429, 429])
    expect(
      (await postForm(limited, '/token', { grant_type: 'client_credentials', scope: 'rs1:read' }, limited.c2)).status,
    ).toBe(200)
    limited.check()
  })

  test('H02 a listed proxy is believed about the last hop, and not about what a client made up before it', async () => {
    const behind = await aWorld({ flags: { 'listen.trustProxy': '127.0.0.1' } })
    onTestFinished(behind.close)
    await behind.send('/', { headers: { 'x-forwarded-for': '198.51.100.66, 203.0.113.9' } })
    expect(addressesOf(behind)).toEqual(['203.0.113.9'])
    const { json } = await behind.send('/.well-known/openid-configuration', { headers: forged })
    expect(json.issuer).toBe(behind.issuer)
    const answer = await behind.send(authorizeUrl(behind, behind.c1), { headers: forged })
    expect(answer.location?.origin).toBe(behind.issuer)
    expect(answer.headers.getSetCookie().join()).not.toContain('Secure')
  })

  test.each(
    list(
      '::ffff:10.0.0.0/8 ::ffff:0:0/0 ::ffff:10.0.0.0/95 ::/0 0.0.0.0/0 0.0.0.0/1 10.0.0.0/7 * true loopback uniquelocal localhost proxy.test 10.0.0.0/33 10.0.0/8 10.0.0.1/24/24 10.0.0.0/-8 10.0.0.0/ 10.0.0.0/08x fe80::1%eth0 1',
    ),
  )('H02 the mistake trustProxy=%s stops the start', async (mistake) => {
    await expect(aWorld({ flags: { 'listen.trustProxy': mistake } })).rejects.toBeInstanceOf(ConfigError)
  })
})

function addressesOf({ server }: World): readonly string[] {
  const found = server.log.map((line) => /"req":\{[^}]*"address":"([^"]*)"/.exec(line)?.[1])
  return [...new Set(found.filter((address) => address !== undefined))]
}

test("H03 garbage in X-Forwarded-For is nobody's address: no look-up, no 500, and not in the log", async () => {
  const behind = await aWorld({ flags: { 'listen.trustProxy': '127.0.0.1' } })
  onTestFinished(behind.close)
  const looked: string[] = []
  for (const name of ['lookup', 'reverse', 'resolve', 'resolve4', 'lookupService'] as const) {
    const real = dns[name]
    vi.spyOn(dns, name).mockImplementation(((...args: Parameters<typeof real>) => {
      looked.push(String(args[0]))
      return Reflect.apply(real, dns, args)
    }) as typeof real)
  }
  const granted = { grant_type: 'client_credentials', client_id: 'c2', client_secret: 'wrong' }
  const garbage = [
    'canary.test',
    'a.canary.test, b.canary.test',
    Array(1500).fill('canary').join(','),
    '1.1.1.1,'.repeat(1200),
    ',,,,',
    ' ',
    '999.999.999.999',
    '1.2.3',
    '0x7f.1',
    '127.1',
    'fe80::1%canary',
    '::1%25',
    '[::1]',
    '[::1]:80',
    '203.0.113.9:443',
    '_hidden',
    'unknown',
    '"203.0.113.9"',
    '203.0.113.9\t',
    '-1',
    'ÿ',
    '<script>',
    "' OR 1=1--",
    '::ffff:203.0.113.9',
    '::',
    'javascript:canary',
    '../canary',
  ]
  for (const value of garbage) {
    const headers = { 'x-forwarded-for': value, forwarded: `for=${value.slice(0, 500)}` }
    expect((await behind.send('/', { headers })).status, value.slice(0, 40)).toBe(200)
    const refused = await behind.send('/token', { method: 'POST', headers, body: new URLSearchParams(granted) })
    expect([401, 429], value.slice(0, 40)).toContain(refused.status)
  }
  expect(looked.filter((name) => !/^(localhost|127\.0\.0\.1)$/.test(name))).toEqual([])
  expect(behind.server.log.join('\n')).not.toMatch(/canary\.test|<script>|OR 1=1/)
  await behind.server.flush()
  const trail = await behind.server.stores.audit.list({})
  for (const { address } of trail) expect((address ?? '').length).toBeLessThan(50)
  expect(JSON.stringify(trail)).not.toContain('canary')
  behind.check()
  expectJsonError(
    await redeem(behind, {
      client: behind.c1,
      code: 'x',
      verifier: 'x',
      nonce: '',
      redirectUri: 'x',
      person: (await signIn(behind)).person,
      answer: new URL('x:'),
    }),
    400,
    'invalid_grant',
  )
})
