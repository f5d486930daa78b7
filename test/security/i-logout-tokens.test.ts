import { compactDecrypt, createRemoteJWKSet, decodeJwt, exportJWK, generateKeyPair, jwtVerify } from 'jose'
import { afterAll, expect, test } from 'vitest'
import { aLogoutReceiver } from '#test/support/logout-receiver.ts'
import { authorizeUrl, personOf, postForm, signIn, userInfo } from './support/steps.ts'
import { headerOf } from './support/tokens.ts'
import { theWorld } from './support/world.ts'

const world = await theWorld({ flags: { 'outbound.allow': 'localhost' } })
const { server, issuer, c1, c2 } = world
const receiver = await aLogoutReceiver()
afterAll(() => receiver.close())
const jwks = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`))
await server.clients.update('c1', { backchannelLogout: { uri: receiver.uri, sessionRequired: true } }, 'test')

/** Signs in, out, and answers the logout token with the ID token of before. */
async function aLogout() {
  const tokens = await signIn(world)
  await tokens.person.browser.open(`${issuer}/logout?id_token_hint=${tokens.id}`)
  await server.sendLogouts()
  const [logoutToken = ''] = receiver.tokens().slice(-1)
  return { tokens, logoutToken, idToken: decodeJwt(tokens.id) }
}

test('I12 a logout token says what Back-Channel Logout §2.4 asks, and nothing else', async () => {
  const { logoutToken, idToken } = await aLogout()
  const { payload, protectedHeader } = await jwtVerify(logoutToken, jwks, { issuer, audience: 'c1' })
  expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'logout+jwt', kid: expect.any(String) })
  expect(payload).toEqual({
    iss: issuer,
    aud: 'c1',
    sub: idToken.sub,
    sid: idToken.sid,
    iat: expect.any(Number),
    exp: expect.any(Number),
    jti: expect.stringMatching(/^[\w-]{22}$/),
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  })
  const life = (payload.exp ?? 0) - (payload.iat ?? 0)
  expect(life).toBeGreaterThan(0)
  expect(life).toBeLessThanOrEqual(120)
})

test('I12 it is the only parameter of a form, and each has an id of its own', async () => {
  receiver.bodies.splice(0)
  await aLogout()
  await aLogout()
  for (const body of receiver.bodies) expect([...new URLSearchParams(body).keys()]).toEqual(['logout_token'])
  expect(new Set(receiver.tokens().map((token) => decodeJwt(token).jti)).size).toBe(2)
})

test('I12 it names the person as the client’s ID tokens do', async () => {
  await server.clients.update('c1', { subjectType: 'pairwise' }, 'test')
  const { logoutToken, idToken } = await aLogout()
  expect(decodeJwt(logoutToken)).toMatchObject({ sub: idToken.sub, sid: idToken.sid })
  expect(idToken.sub).not.toBe(world.u1.sub)
  await server.clients.update('c1', { subjectType: 'public' }, 'test')
})

test('I12 it is signed as the client’s ID tokens are', async () => {
  await server.clients.update('c1', { idTokenAlg: 'ES256' }, 'test')
  const { logoutToken, tokens } = await aLogout()
  expect([headerOf(logoutToken).alg, headerOf(tokens.id).alg]).toEqual(['ES256', 'ES256'])
  await server.clients.update('c1', { idTokenAlg: 'RS256' }, 'test')
})

test('C13 a logout token passes for no other token, at no endpoint', async () => {
  const { logoutToken } = await aLogout()
  const signedIn = await signIn(world)
  expect((await userInfo(world, logoutToken)).status).toBe(401)
  expect((await postForm(world, '/introspect', { token: logoutToken }, c1)).json).toEqual({ active: false })
  const fields = { grant_type: 'refresh_token', refresh_token: logoutToken }
  expect((await postForm(world, '/token', fields, c1)).json.error).toBe('invalid_grant')
  expect((await postForm(world, '/revoke', { token: logoutToken }, c1)).status).toBe(200)
  // As a hint of who is signed in, and of who wants to sign out, it would be the word of an ID token.
  const hinted = await personOf(world, world.u1).browser.open(
    authorizeUrl(world, c1, { prompt: 'none', id_token_hint: logoutToken }),
  )
  expect(hinted.url.searchParams.get('error')).toMatch(/invalid_request|login_required/)
  const page = await signedIn.person.browser.open(`${issuer}/logout?id_token_hint=${logoutToken}`)
  expect([page.status, page.left]).toEqual([200, false])
  expect((await userInfo(world, signedIn.access)).status).toBe(200)
})

test('C23 every app of the session is told once, the app of another session is not', async () => {
  receiver.bodies.splice(0)
  const other = await signIn(world, { user: world.u2 })
  const first = await signIn(world)
  await signIn(world, { person: first.person })
  await signIn(world, { person: first.person, client: c2 })
  await first.person.browser.open(`${issuer}/logout?id_token_hint=${first.id}`)
  await server.sendLogouts()
  expect(receiver.tokens().map((token) => decodeJwt(token).sid)).toEqual([decodeJwt(first.id).sid])
  expect((await userInfo(world, other.access)).status).toBe(200)
})

test('I12 it is encrypted where the client’s ID tokens are; where it cannot be, the operator is told', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ECDH-ES+A256KW', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), use: 'enc', alg: 'ECDH-ES+A256KW', kid: 'enc-1' }
  const idTokenEncryption = { alg: 'ECDH-ES+A256KW', enc: 'A128GCM' }
  await server.clients.update('c1', { jwks: { keys: [jwk] }, idTokenEncryption }, 'test')
  const tokens = await signIn(world)
  const hint = new TextDecoder().decode((await compactDecrypt(tokens.id, privateKey)).plaintext)
  await tokens.person.browser.open(`${issuer}/logout?id_token_hint=${hint}`)
  await server.sendLogouts()
  const [told = ''] = receiver.tokens().slice(-1)
  const { plaintext, protectedHeader } = await compactDecrypt(told, privateKey)
  expect(protectedHeader).toMatchObject({ ...idTokenEncryption, cty: 'JWT' })
  await jwtVerify(new TextDecoder().decode(plaintext), jwks, { issuer, audience: 'c1', typ: 'logout+jwt' })

  const client = await server.stores.clients.find('c1')
  if (client) await server.stores.clients.put({ ...client, jwks: [] })
  await server.stores.notices.put([{ sid: 'ses_x', clientId: 'c1', userId: world.u1.sub, at: server.clock.now() }])
  await server.sendLogouts()
  const [notice] = await server.stores.notices.list({ clientId: 'c1', failed: true, most: 1 })
  expect(notice).toMatchObject({ sid: 'ses_x', failure: expect.stringContaining('has no key') })
})
