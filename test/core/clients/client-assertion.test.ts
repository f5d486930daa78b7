import { generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'
import { expect, test } from 'vitest'
import type { Client } from '#core/clients/client.ts'
import { assertionVerifier, issuerOfAssertion } from '#core/clients/client-assertion.ts'
import { readClientJwks } from '#core/clients/client-jwks.ts'
import { clientJwtVerifier } from '#core/clients/client-jwt.ts'
import { clientKeyFinder } from '#core/clients/client-keys.ts'
import { newClient } from '#core/clients/new-client.ts'
import { secretSeal } from '#core/clients/sealed-secret.ts'

const now = new Date('2026-03-01T12:00:00Z')
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwks = { keys: [publicKey.export({ format: 'jwk' })] }
const offline = clientKeyFinder({ get: async () => ({ outcome: 'failed', reason: 'unreachable', detail: '' }) })
const verify = assertionVerifier({
  verifyClientJwt: clientJwtVerifier({ findKey: offline, secretSeal: secretSeal('a secret of the ring') }),
  audiences: ['https://op.test', 'https://op.test/token'],
})

function aClient(id: string): Client {
  const wishes = { id, name: id, grantTypes: ['client_credentials'], authenticationMethod: 'private_key_jwt', jwks }
  return newClient(wishes, now).client
}

function assertionOf(id: string, claims: { readonly [name: string]: unknown } = {}): Promise<string> {
  const seconds = now.getTime() / 1000
  const said = { iss: id, sub: id, aud: 'https://op.test', jti: 'one', iat: seconds, exp: seconds + 60, ...claims }
  return new SignJWT(said).setProtectedHeader({ alg: 'ES256' }).sign(privateKey)
}

test('an assertion proves its client until its age alone would refuse it', async () => {
  const proved = await verify(await assertionOf('k1'), aClient('k1'), now)
  expect(proved).toEqual({ outcome: 'proved', jti: 'one', until: new Date('2026-03-01T12:01:31Z') })
  const late = new Date('2026-03-01T12:01:29.999Z')
  expect(await verify(await assertionOf('k1'), aClient('k1'), late)).toMatchObject({ outcome: 'proved' })
  const over = new Date('2026-03-01T12:01:30Z')
  const expired = { outcome: 'refused', why: 'the client assertion has expired' }
  expect(await verify(await assertionOf('k1'), aClient('k1'), over)).toEqual(expired)
})

test('D11 two clients that share a key are still two: an assertion of one is none of the other', async () => {
  const said = { outcome: 'refused', why: 'iss and sub of the client assertion are not the client' }
  expect(await verify(await assertionOf('k1'), aClient('k2'), now)).toEqual(said)
  expect(await verify(await assertionOf('k1', { sub: 'k2' }), aClient('k1'), now)).toEqual(said)
  expect(await verify(await assertionOf('k1', { iss: 'k2' }), aClient('k1'), now)).toEqual(said)
})

test('who an assertion is from is read only where iss and sub agree', async () => {
  expect(issuerOfAssertion(await assertionOf('k1'))).toBe('k1')
  for (const claims of [{ iss: 'k2' }, { sub: undefined }, { iss: '', sub: '' }, { iss: 1, sub: 1 }]) {
    expect(issuerOfAssertion(await assertionOf('k1', claims))).toBeUndefined()
  }
  for (const text of ['', 'a.b', 'a.b.c', 'a.bnVsbA.c', 'x'.repeat(9000)])
    expect(issuerOfAssertion(text)).toBeUndefined()
})

test('a JWKS is read as its public members, or not at all', () => {
  expect(readClientJwks(jwks)).toEqual(jwks.keys)
  expect(readClientJwks({ keys: [] })).toBe('there is no key in it')
  expect(readClientJwks('x')).toContain('not a JWKS')
})
