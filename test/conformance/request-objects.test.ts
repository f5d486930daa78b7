import {
  CompactEncrypt,
  compactDecrypt,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  jwtVerify,
  SignJWT,
} from 'jose'
import { afterAll, expect, test } from 'vitest'
import { anOutsideServer } from '#test/support/outside-servers.ts'
import { browserScript } from './support/browser-script.ts'
import { checkAnswer, checkDiscovery, checkIdToken, checkTokens, publishedKeys } from './support/checks.ts'
import { anOp, readJson } from './support/op.ts'
import { aRelyingParty, type RelyingParty } from './support/relying-party.ts'
import { scriptedBrowser } from './support/scripted-browser.ts'
import { complete } from './support/stage.ts'

/** The suite's own server: what lies at its `request_uri` now. */
let served = ''
const suite = await anOutsideServer((_request, response) =>
  response.writeHead(200, { 'content-type': 'application/jwt' }).end(served),
)
const op = await anOp({
  flags: {
    'registration.mode': 'open',
    'keys.encryptionAlgs': 'RSA-OAEP-256,ECDH-ES',
    'outbound.allow': `localhost:${suite.port}`,
  },
})
afterAll(() => Promise.all([op.close(), suite.close()]))

/** The suite's keys: one that signs and one that is encrypted to. */
const signing = await generateKeyPair('RS256', { extractable: true })
const opening = await generateKeyPair('RSA-OAEP-256', { extractable: true })
const jwks = {
  keys: [
    { ...(await exportJWK(signing.publicKey)), kid: 'signs', use: 'sig', alg: 'RS256' },
    { ...(await exportJWK(opening.publicKey)), kid: 'opens', use: 'enc', alg: 'RSA-OAEP-256' },
  ],
}

function aBrowser(module: string) {
  const script = browserScript({ ...op.person, issuer: op.issuer, suite: 'https://suite.test/*' })
  return scriptedBrowser(op.issuer, script, { module })
}

const client = (metadata: object = {}) => aRelyingParty(op, { by: 'dynamic', metadata: { jwks, ...metadata } })

/** A request object as the suite makes it: every parameter inside, signed with RS256. */
function objectOf(rp: RelyingParty, asked: URLSearchParams): Promise<string> {
  return new SignJWT({ ...Object.fromEntries(asked), iss: rp.client.id, aud: op.issuer })
    .setProtectedHeader({ alg: 'RS256', kid: 'signs' })
    .sign(signing.privateKey)
}

/** Asks with an object, beside it only what Core §6.1 wants there; answers the code flow's tokens, checked. */
async function passWith(rp: RelyingParty, how: (object: string) => Promise<object>): Promise<void> {
  const inside = rp.request()
  const beside = Object.fromEntries([...rp.request().keys()].map((name) => [name, undefined]))
  const outside = { client_id: rp.client.id, response_type: 'code', scope: 'openid' }
  const brought = await how(await objectOf(rp, inside))
  const answer = await rp.answered(aBrowser('oidcc-request-uri-signed-rs256'), { ...beside, ...outside, ...brought })
  expect(answer.params.get('state')).toBe(inside.get('state'))
  await complete(op, rp, { ...answer, asked: inside })
}

async function ourKey(kty: string): Promise<JWK> {
  const { keys } = (await readJson(`${op.issuer}/.well-known/jwks.json`)) as { keys?: readonly JWK[] }
  return keys?.find((key) => key.use === 'enc' && key.kty === kty) ?? expect.fail('no key to encrypt to')
}

async function opened(jwe: string): Promise<string> {
  return Buffer.from((await compactDecrypt(jwe, opening.privateKey)).plaintext).toString()
}

/** A flow up to the tokens, whatever form they have. */
async function tokensOf(rp: RelyingParty) {
  const answer = await rp.answered(aBrowser('oidcc-idtoken-rs256'))
  checkAnswer(op, rp, answer)
  const tokens = await rp.redeem(answer.params.get('code') ?? '')
  checkTokens(tokens)
  const { id_token: idToken, access_token: access } = tokens.json
  return { idToken: String(idToken), access: String(access), nonce: answer.asked.get('nonce') }
}

test('oidcc-idtoken-rs256: the algorithm that was registered signs, and the kid is there', async () => {
  const rp = await client({ id_token_signed_response_alg: 'RS256' })
  const { idToken, access, nonce } = await tokensOf(rp)
  await checkIdToken(op, rp, idToken, { alg: 'RS256', nonce, accessToken: access })
})

test('oidcc-userinfo-rs256: UserInfo is a JWT signed with RS256, with iss and aud and without a nonce', async () => {
  const metadata = await checkDiscovery(op)
  expect(metadata.userinfo_signing_alg_values_supported).toContain('RS256')
  const rp = await client({ userinfo_signed_response_alg: 'RS256' })
  const { idToken, access, nonce } = await tokensOf(rp)
  const { sub } = await checkIdToken(op, rp, idToken, { nonce })
  const answer = await rp.userInfo(access)
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/jwt'])
  const keys = await publishedKeys(op)
  const rules = { issuer: op.issuer, audience: rp.client.id, algorithms: ['RS256'] }
  const { payload } = await jwtVerify(answer.text, keys, { ...rules, currentDate: op.server.clock.now() })
  expect(payload.sub).toBe(sub)
  expect(payload).not.toHaveProperty('nonce')
})

test('oidcc-request-uri-unsigned: skipped by the suite, since discovery lists algorithms and none is not among them', async () => {
  const { request_object_signing_alg_values_supported: algs } = await checkDiscovery(op)
  expect(algs).toEqual(expect.arrayContaining(['RS256']))
  expect(algs).not.toContain('none')
})

test('oidcc-request-uri-signed-rs256: the object at a registered address counts, and its fragment is neither sent nor checked', async () => {
  const metadata = await checkDiscovery(op)
  expect(metadata).toMatchObject({ request_uri_parameter_supported: true, require_request_uri_registration: true })
  const uri = `http://localhost:${suite.port}/requests/1#dGhpcyBpcyBub3QgdGhlIGhhc2g`
  const rp = await client({ request_uris: [uri], request_object_signing_alg: 'RS256' })
  await passWith(rp, async (object) => {
    served = object
    return { request_uri: uri }
  })
  expect(suite.requests.map(({ url }) => url)).toEqual(['/requests/1'])
})

test('a signed object by value counts as one by reference does', async () => {
  await passWith(await client(), async (request) => ({ request }))
})

test.each([
  ['RSA-OAEP-256', 'A128CBC-HS256', 'RSA'],
  ['ECDH-ES', 'A256GCM', 'EC'],
])('an object that is encrypted to us with %s counts', async (alg, enc, kty) => {
  const rp = await client({ request_object_encryption_alg: alg, request_object_encryption_enc: enc })
  const jwk = await ourKey(kty)
  await passWith(rp, async (object) => ({
    request: await new CompactEncrypt(Buffer.from(object))
      .setProtectedHeader({ alg, enc, kid: jwk.kid ?? '', cty: 'JWT' })
      .encrypt(await importJWK(jwk, alg)),
  }))
})

test('an encrypted ID token and encrypted UserInfo hold what a plain one does', async () => {
  const alg = { id_token_encrypted_response_alg: 'RSA-OAEP-256', userinfo_encrypted_response_alg: 'RSA-OAEP-256' }
  const rp = await client({ ...alg, userinfo_signed_response_alg: 'RS256' })
  const { idToken, access, nonce } = await tokensOf(rp)
  const { sub } = await checkIdToken(op, rp, await opened(idToken), { nonce, accessToken: access })
  const answer = await rp.userInfo(access)
  const [, claims = ''] = (await opened(answer.text)).split('.')
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ sub, aud: rp.client.id })
})
