import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningChild, startChild } from '#cli/dev-child.ts'
import { freePorts } from '#test/support/free-ports.ts'

const hour = 3600
let keys: Server
let api: RunningChild
let issuer: string
let audience: string
let known: CryptoKey
let unknown: CryptoKey

beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  known = privateKey
  unknown = (await generateKeyPair('ES256')).privateKey
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] })
  keys = createServer((_request, response) => response.end(jwks))
  await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve))
  issuer = `http://localhost:${(keys.address() as AddressInfo).port}`
  const [port = 0] = await freePorts(1)
  audience = `http://localhost:${port}`
  const env = { ISSUER: issuer, PORT: String(port) }
  api = await startChild({ name: 'sample API', file: `${import.meta.dirname}/../../apps/sample-api/main.ts`, env })
})
afterAll(async () => {
  await api?.stop()
  keys.close()
})

type Wish = { claims?: JWTPayload; typ?: string; kid?: string; key?: CryptoKey; alg?: string }

function token({ claims = {}, typ = 'at+jwt', kid = 'one', key = known, alg = 'ES256' }: Wish = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const usual = {
    iss: issuer,
    aud: audience,
    sub: 'usr_1',
    client_id: 'app',
    scope: 'openid notes:read',
    exp: now + hour,
  }
  return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg, typ, kid }).sign(key)
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

function ask(authorization?: string): Promise<Response> {
  return fetch(`${audience}/notes`, { headers: authorization ? { authorization } : {} })
}

describe('the sample API', () => {
  test('hands over the notes and says what it checked', async () => {
    const response = await ask(`Bearer ${await token()}`)

    expect(response.status).toBe(200)
    const body = (await response.json()) as { reader: string; notes: unknown[]; checked: string[] }
    expect(body).toMatchObject({ reader: 'usr_1' })
    expect(body.checked).toEqual(['signature', 'type', 'issuer', 'audience', 'expiry', 'scope'])
    expect(body.notes.length).toBeGreaterThan(0)
  })

  const past = Math.floor(Date.now() / 1000) - hour
  test.each<[string, string, () => Promise<string>]>([
    ['signature', 'a key that is not in the JWKS', () => token({ key: unknown })],
    ['signature', 'a key id that is not in the JWKS', () => token({ kid: 'two' })],
    ['signature', 'no signature', async () => `${part({ alg: 'none', typ: 'at+jwt' })}.${part({})}.`],
    ['signature', 'no token at all', async () => 'abc'],
    ['type', 'an ID token', () => token({ typ: 'JWT' })],
    ['issuer', 'another issuer', () => token({ claims: { iss: 'https://other.example' } })],
    ['audience', 'another API', () => token({ claims: { aud: 'https://other.example' } })],
    ['expiry', 'a token of yesterday', () => token({ claims: { exp: past } })],
    ['expiry', 'a token of tomorrow', () => token({ claims: { nbf: past + 2 * hour } })],
    ['type', 'a token without a client', () => token({ claims: { client_id: undefined } })],
  ])('turns a token away for its %s: %s', async (failed, _what, make) => {
    const response = await ask(`Bearer ${await make()}`)

    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ error: 'invalid_token', failed })
    expect(response.headers.get('www-authenticate')).toMatch(
      /^Bearer error="invalid_token", error_description="[^"]+"$/,
    )
  })

  test('answers 403 and names the scope where the token has too little of it', async () => {
    const response = await ask(`Bearer ${await token({ claims: { scope: 'openid notes:reader' } })}`)

    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ error: 'insufficient_scope', failed: 'scope' })
    expect(response.headers.get('www-authenticate')).toContain('scope="notes:read"')
  })

  test('gives no error code to a request without a token (RFC 6750 §3.1)', async () => {
    const response = await ask()

    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
    expect(await response.json()).not.toHaveProperty('error')
  })

  test('answers 400 where the header is no bearer token', async () => {
    expect((await ask('Basic YTpi')).status).toBe(400)
  })
})

test('the sample API says 503, not 401, where the keys cannot be fetched', async () => {
  const [port = 0, nowhere = 0] = await freePorts(2)
  const env = { ISSUER: `http://localhost:${nowhere}`, PORT: String(port) }
  const alone = await startChild({
    name: 'sample API',
    file: `${import.meta.dirname}/../../apps/sample-api/main.ts`,
    env,
  })
  try {
    const response = await fetch(`http://localhost:${port}/notes`, {
      headers: { authorization: `Bearer ${await token()}` },
    })

    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('2')
  } finally {
    await alone.stop()
  }
})
