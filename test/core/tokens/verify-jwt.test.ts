import { SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { retire } from '#core/keys/retire.ts'
import { jwtSigner } from '#core/tokens/sign.ts'
import { jwtVerifier } from '#core/tokens/verify-jwt.ts'
import { memoryKeys } from '#stores/memory/durable-keys.ts'
import { aRing, at, hour, minute, settings, start } from '../keys/rings.ts'

const issuer = 'https://op.test'
const ring = await aRing()
const verify = jwtVerifier(ring, issuer)
const signer = ring.signer('ES256', start) ?? expect.fail('no signer')
const other = ring.signer('RS256', start) ?? expect.fail('no signer')
const good = {
  iss: issuer,
  sub: 'usr_1',
  aud: 'https://api.test',
  iat: at(0).getTime() / 1000,
  exp: at(600).getTime() / 1000,
}
const header = { alg: 'ES256', typ: 'at+jwt', kid: signer.kid }

/** A token that our own key really signed; undefined leaves a claim or a member of the header out. */
function signed(claims: object = {}, more: object = {}): Promise<string> {
  const all: object = JSON.parse(JSON.stringify({ ...good, ...claims }))
  const protectedHeader = JSON.parse(JSON.stringify({ ...header, ...more }))
  return new SignJWT({ ...all }).setProtectedHeader(protectedHeader).sign(signer.privateKey)
}

const read = async (token: string, typ = 'at+jwt', now = start) => (await verify(token, typ, now))?.claims

test('a token of ours is read', async () => {
  expect(await read(await signed())).toEqual(good)
})

test.for([
  ['another issuer', { iss: 'https://evil.test' }],
  ['an issuer with a slash more', { iss: `${issuer}/` }],
  ['a list of issuers', { iss: [issuer] }],
  ['no issuer', { iss: undefined }],
  ['no subject', { sub: undefined }],
  ['no audience', { aud: undefined }],
  ['no end', { exp: undefined }],
  ['no beginning', { iat: undefined }],
  ['an end in words', { exp: '9999999999' }],
  ['an end that is no number', { exp: null }],
  ['a time before which it is nothing', { nbf: good.iat + 1 }],
] as const)('our own signature over %s is not enough', async ([, claims]) => {
  expect(await read(await signed(claims))).toBeUndefined()
})

test.for([
  ['of another type', { typ: 'JWT' }],
  ['of no type', { typ: undefined }],
  ['of a type in other letters', { typ: 'logout+jwt' }],
  ['under the kid of another key', { kid: other.kid }],
  ['under an unknown kid', { kid: 'unknown' }],
  ['under no kid', { kid: undefined }],
  ['under a kid that is no text', { kid: 1 }],
] as const)('our own signature on a token %s is not enough', async ([, more]) => {
  expect(await read(await signed({}, more))).toBeUndefined()
})

test('an ID token is no access token, and the other way round', async () => {
  expect(await read(await signed({}, { typ: 'JWT' }), 'JWT')).toEqual(good)
  expect(await read(await signed(), 'JWT')).toBeUndefined()
})

test('an expired token is told as such, with what it said; one not signed by us says nothing', async () => {
  const token = await signed()
  expect(await verify(token, 'at+jwt', at(599))).toMatchObject({ isExpired: false })
  expect(await verify(token, 'at+jwt', at(600))).toMatchObject({ isExpired: true, claims: { sub: 'usr_1' } })
  const forged = `${token.slice(0, -6)}AAAAAA`
  expect(await verify(forged, 'at+jwt', at(600))).toBeUndefined()
  expect(await verify(await signed({}, { typ: 'JWT' }), 'at+jwt', at(600))).toBeUndefined()
})

test('a key that was compromised verifies nothing, however good the signature is', async () => {
  const store = memoryKeys()
  const own = await aRing({ store })
  const readOwn = jwtVerifier(own, issuer)
  const sign = jwtSigner(own)
  const claims = { iss: issuer, sub: 'a', aud: 'b' }
  const token = await sign({ typ: 'JWT', alg: 'ES256', claims, issuedAt: start, expiresAt: at(60) })
  expect(await readOwn(token, 'JWT', start)).toMatchObject({ isExpired: false })
  const stored = (await store.read()) ?? expect.fail('no ring')
  const kid = own.signer('ES256', start)?.kid ?? ''
  const { ring: left } = await retire(stored, { kid, compromised: true, now: start, settings })
  expect(await store.put(left, stored.version)).toBe('stored')
  await own.refresh()
  expect(await readOwn(token, 'JWT', start)).toBeUndefined()
})

test('only the compact form is read: no padding, no blanks, three parts', async () => {
  const token = await signed()
  const [head, body, mac] = token.split('.')
  for (const text of [
    `${token}=`,
    `${token}==`,
    ` ${token}`,
    `${token} `,
    `${token}\n`,
    `${head}=.${body}.${mac}`,
    `${head}. ${body}.${mac}`,
    `${head}.${body}`,
    `${head}.${body}.`,
    `${token}.${mac}`,
    `${token}..`,
    '',
    '...',
  ]) {
    expect(await read(text), JSON.stringify(text)).toBeUndefined()
  }
})

test('the signer never signs longer than its key promised to stay published', async () => {
  const sign = jwtSigner(ring)
  const order = { typ: 'at+jwt', alg: 'ES256', claims: { iss: issuer, sub: 'a', aud: 'b' }, issuedAt: start }
  const claims = await read(await sign({ ...order, expiresAt: at(24 * hour) }))
  expect(claims?.exp).toBe(at(settings.longestLifetime).getTime() / 1000)
  const short = await read(await sign({ ...order, expiresAt: at(minute) }))
  expect(short?.exp).toBe(at(minute).getTime() / 1000)
})

test('claims cannot take the dates or the header over', async () => {
  const sign = jwtSigner(ring)
  const claims = { iss: issuer, sub: 'a', aud: 'b', iat: 1, exp: 9_999_999_999, nbf: undefined }
  const token = await sign({ typ: 'at+jwt', alg: 'ES256', claims, issuedAt: start, expiresAt: at(60) })
  expect(await read(token)).toEqual({ iss: issuer, sub: 'a', aud: 'b', iat: good.iat, exp: good.iat + 60 })
})

test.for(['none', 'HS256', 'RS512', '', '__proto__'])('nothing signs with %s', async (alg) => {
  const sign = jwtSigner(ring)
  const order = { typ: 'at+jwt', alg, claims: {}, issuedAt: start, expiresAt: at(60) }
  await expect(async () => sign(order)).rejects.toThrow('no key of the ring')
})
