import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import { exportJWK, SignJWT } from 'jose'
import { afterAll, expect, test } from 'vitest'
import { expectCheap } from './support/cpu-time.ts'
import {
  clientToken,
  getCode,
  introspect,
  redeem,
  refresh,
  revoke,
  signIn,
  type Tokens,
  tokensOf,
} from './support/steps.ts'
import { type Slot, slotsOf } from './support/token-slots.ts'
import { type Claims, claimsOf, encode, forge, headerOf } from './support/tokens.ts'
import { theWorld } from './support/world.ts'

const world = await theWorld()
const { c1, rs1, issuer } = world
const tokens = await signIn(world)
const slots = slotsOf(world, tokens)
const jwks = (await world.send('/.well-known/jwks.json')).json.keys as readonly Claims[]

/** Somewhere a key could be fetched from; nobody must come. */
let visits = 0
const canary = createServer((socket) => {
  visits++
  socket.destroy()
}).listen(0, '127.0.0.1')
const address = canary.address()
const canaryUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/jwks.json`
afterAll(() => void canary.close())

async function expectRefused(token: string, because: string, among: readonly Slot[] = slots): Promise<void> {
  for (const slot of among) expect(await slot.accepts(token), `${because}: ${slot.name}`).toBe(false)
}

const originals: readonly [string, string][] = [
  ['access token', tokens.access],
  ['ID token', tokens.id],
]

test('each slot takes what belongs there, so that what follows is refused for its own reason', async () => {
  const own = slotsOf(world, tokens)
  const byName = new Map(own.map((slot) => [slot.name, slot]))
  const accepted = async (name: string, token: string) => byName.get(name)?.accepts(token)
  expect(await accepted('bearer at UserInfo', tokens.access)).toBe(true)
  expect(await accepted('access_token in the body', tokens.access)).toBe(true)
  expect(await accepted('introspection', tokens.access)).toBe(true)
  expect(await accepted('introspection', tokens.refresh)).toBe(true)
  expect(await accepted('id_token_hint at authorize', tokens.id)).toBe(true)
  const other = await signIn(world)
  expect(await accepted('refresh_token', other.refresh)).toBe(true)
  expect(await accepted('id_token_hint at sign-out', other.id)).toBe(true)
  expect(await accepted('client_secret', c1.secret)).toBe(true)
  expect(await accepted('session cookie', cookieOf(tokens.person))).toBe(true)
  const code = await getCode(world)
  expect((await redeem(world, code)).status).toBe(200)
})

test('D01 no algorithm is no signature, however it is spelled', async () => {
  for (const [what, token] of originals) {
    for (const alg of ['none', 'None', 'NONE', 'nOnE', '', ' none', 'none\u0000', null, undefined, [], {}, 0]) {
      for (const signature of ['', 'A', undefined]) {
        const forged = forge(token, { header: { alg }, ...(signature === undefined ? {} : { signature }) })
        await expectRefused(forged, `${what}, alg ${JSON.stringify(alg)}`)
      }
    }
    const [header, claims] = token.split('.')
    for (const text of [`${header}.${claims}`, `${header}.${claims}.`]) await expectRefused(text, what)
  }
})

test('D02 a public key is not a secret: no MAC made with it is believed', async () => {
  for (const [what, token] of originals) {
    for (const jwk of jwks) {
      for (const key of await asSecrets(jwk)) {
        for (const alg of ['HS256', 'HS384', 'HS512']) {
          await expectRefused(macOf(token, { ...headerOf(token), alg, kid: jwk.kid }, key), `${what} as ${alg}`)
        }
      }
    }
  }
})

test('D02 the algorithm is the key’s own: neither another one nor another key passes', async () => {
  for (const [what, token] of originals) {
    for (const alg of ['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384', 'EdDSA', 'HS256']) {
      if (alg === headerOf(token).alg) continue
      await expectRefused(forge(token, { header: { alg } }), `${what} as ${alg}`)
    }
    for (const { kid } of jwks) {
      if (kid === headerOf(token).kid) continue
      await expectRefused(forge(token, { header: { kid } }), `${what} under another kid`)
    }
  }
})

test('D04 a key that comes with the token is not looked at, and nobody is asked for one', async () => {
  for (const [what, token] of originals) {
    const alg = String(headerOf(token).alg)
    const { privateKey, publicKey } =
      alg === 'ES256'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('rsa', { modulusLength: 2048 })
    const jwk = await exportJWK(publicKey)
    const der = publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
    const sign = (header: Claims) =>
      new SignJWT({ ...claimsOf(token) }).setProtectedHeader({ ...headerOf(token), alg, ...header }).sign(privateKey)
    for (const header of [
      { jwk },
      { jwk: { ...jwk, kid: headerOf(token).kid } },
      { jku: canaryUrl },
      { x5u: canaryUrl },
      { x5c: [der] },
      { jwk, kid: undefined },
      { kid: canaryUrl, jku: canaryUrl },
      { kid: '../../../../dev/null' },
      { kid: "' OR 1=1 --" },
      { kid: '__proto__' },
      { kid: 'constructor' },
    ]) {
      await expectRefused(await sign(header), `${what} with ${Object.keys(header)}`)
    }
  }
  expect(visits).toBe(0)
})

test('D04 what a header declares critical and is not understood is refused', async () => {
  for (const [what, token] of originals) {
    for (const header of [{ crit: ['b64'], b64: false }, { crit: ['x'], x: 1 }, { crit: [] }, { b64: false }]) {
      await expectRefused(forge(token, { header }), `${what} with ${JSON.stringify(header)}`)
    }
  }
})

test('D17 encrypted, compressed, nested and oversized tokens cost nothing', async () => {
  const before = process.memoryUsage().rss
  const kid = headerOf(tokens.access).kid
  const bombs: readonly [string, string][] = [
    ['PBES2', jwe({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 2 ** 31 - 1, p2s: 'c2FsdHNhbHQ', kid })],
    ['dir', jwe({ alg: 'dir', enc: 'A256GCM', kid })],
    ['RSA', jwe({ alg: 'RSA-OAEP', enc: 'A256GCM', kid: headerOf(tokens.id).kid })],
    ['zip', jwe({ alg: 'dir', enc: 'A256GCM', zip: 'DEF', kid }, 40_000)],
    ['nested', nested(50)],
    ['deep header', `${Buffer.from('['.repeat(30_000)).toString('base64url')}.e30.AA`],
    ['long header', forge(tokens.access, { header: { x: 'x'.repeat(40_000) } })],
    ['long signature', forge(tokens.access, { signature: 'A'.repeat(55_000) })],
    ['dots', '.'.repeat(60_000)],
    ['blanks', `a.b.c${' '.repeat(50_000)}`],
  ]
  for (const [what, token] of bombs) {
    const ask = [
      () => introspect(world, c1, token),
      () => refresh(world, c1, token),
      () => revoke(world, c1, token),
      () => world.send('/userinfo', { method: 'POST', body: new URLSearchParams({ access_token: token }) }),
      () => world.send('/logout', { method: 'POST', body: new URLSearchParams({ id_token_hint: token }) }),
    ]
    for (const one of ask) await expectCheap(one, what, 20)
    if (token.length < 8000) await expectRefused(token, what)
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024)
})

test('D21 nothing that is handed out passes for anything else', async () => {
  const granted = await getCode(world, { changes: { scope: 'openid offline_access', prompt: 'consent' } })
  const atApi = await signIn(world, { changes: { scope: `openid ${rs1.scope}`, resource: rs1.audience } })
  const own = tokensOf(await clientToken(world, c1, { scope: rs1.scope })).access
  await world.server.clients.update(c1.id, { accessTokenFormat: 'opaque' }, 'test')
  const opaque = await signIn(world)
  await world.server.clients.update(c1.id, { accessTokenFormat: 'jwt' }, 'test')
  const access = ['bearer at UserInfo', 'access_token in the body', 'introspection']
  const hints = ['id_token_hint at authorize', 'id_token_hint at sign-out']
  const honest: readonly [string, string, readonly string[]][] = [
    ['access token', tokens.access, access],
    ['opaque access token', opaque.access, access],
    ['API’s access token', atApi.access, ['introspection']],
    ['client’s own token', own, ['introspection']],
    ['ID token', tokens.id, hints],
    ['refresh token', tokens.refresh, ['introspection', 'refresh_token']],
    ['code', granted.code, []],
    ['verifier', granted.verifier, []],
    ['cookie', cookieOf(granted.person), ['session cookie']],
    ['session id', String(claimsOf(tokens.id).sid), []],
    ['family id', tokens.refresh.split('.')[1] ?? '', []],
    ['jti', String(claimsOf(tokens.access).jti), []],
    ['kid', String(headerOf(tokens.access).kid), []],
    ['client secret', c1.secret, ['client_secret']],
    ['public key', JSON.stringify(jwks[0]), []],
    ['issuer', issuer, []],
  ]
  for (const [what, token, places] of honest) {
    const others = slots.filter(({ name }) => !places.includes(name))
    await expectRefused(token, what, others)
  }
})

function cookieOf({ browser }: Tokens['person']): string {
  const cookies = browser.jar.header(new URL(issuer)).split('; ')
  return cookies.find((cookie) => cookie.includes('ses_'))?.split('=')[1] ?? ''
}

test('D21 typ and claims are compared, not guessed: a token dressed as another is none', async () => {
  const all = ['JWT', 'at+jwt', 'application/at+jwt', 'logout+jwt', 'secevent+jwt', 'dpop+jwt', 'JOSE', '', undefined]
  for (const [what, token] of originals) {
    for (const typ of all) {
      if (typ === headerOf(token).typ) continue
      await expectRefused(forge(token, { header: { typ } }), `${what} as ${typ}`)
    }
  }
})

async function asSecrets(jwk: Claims): Promise<readonly (string | Buffer)[]> {
  const { createPublicKey } = await import('node:crypto')
  const key = createPublicKey({ key: { ...jwk }, format: 'jwk' })
  const pem = key.export({ type: 'spki', format: 'pem' }).toString()
  const members = [jwk.n, jwk.x, jwk.y].filter((member): member is string => typeof member === 'string')
  return [
    pem,
    pem.trim(),
    key.export({ type: 'spki', format: 'der' }),
    JSON.stringify(jwk),
    ...members.map((member) => Buffer.from(member, 'base64url')),
    '',
  ]
}

function macOf(token: string, header: Claims, key: string | Buffer): string {
  const signed = `${encode(header)}.${token.split('.')[1]}`
  const alg = `sha${String(header.alg).slice(2)}`
  return `${signed}.${createHmac(alg, key).update(signed).digest('base64url')}`
}

function jwe(header: Claims, size = 32): string {
  const part = (bytes: number) => randomBytes(bytes).toString('base64url')
  return [encode(header), part(40), part(12), part(size), part(16)].join('.')
}

function nested(levels: number): string {
  let inner = tokens.access.slice(0, 200)
  for (let level = 0; level < levels; level++) {
    const header = encode({ alg: 'dir', enc: 'A128GCM', cty: 'JWT' })
    inner = [header, '', 'AAAAAAAAAAAAAAAA', Buffer.from(inner).toString('base64url').slice(0, 40_000), 'AA'].join('.')
  }
  return inner
}
