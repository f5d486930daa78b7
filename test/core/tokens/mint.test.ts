import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Audience } from '#core/apis/audience.ts'
import { Unavailable } from '#core/oauth/error.ts'
import type { FamilyOrder } from '#core/tokens/mint.ts'
import { at, settings, start } from '../keys/rings.ts'
import { aMint, aPerson, api, atApi, atIssuer, client, issuer, order } from './a-mint.ts'

const seconds = (date: Date) => date.getTime() / 1000

test('an access token has the claims of RFC 9068 §2.2, and a stranger can verify it', async () => {
  const { mint, verify, ring } = await aMint()
  const answer = await mint.forFamily(order(ring.macKey(start).kid))
  const { payload, protectedHeader } = await verify(answer.access_token)
  expect(protectedHeader).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: ring.signer('ES256', start)?.kid })
  expect(payload).toEqual({
    iss: issuer,
    sub: 'usr_1',
    aud: issuer,
    client_id: 'photos',
    scope: 'openid',
    jti: expect.stringMatching(/^[\w-]{22}$/),
    auth_time: seconds(at(-90)),
    acr: 'aal1',
    amr: ['pwd'],
    sid: 'ses_1',
    fid: 'fam_1',
    ver: [3, 1, 2],
    iat: seconds(start),
    exp: seconds(at(600)),
  })
  expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'openid' })
})

test('an ID token has the claims of OpenID Connect Core §2, and lives as long as it says', async () => {
  const { mint, verify, ring } = await aMint()
  const answer = await mint.forFamily(order(ring.macKey(start).kid))
  const { payload, protectedHeader } = await verify(answer.id_token ?? '')
  expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'JWT', kid: ring.signer('RS256', start)?.kid })
  expect(payload).toEqual({
    iss: issuer,
    sub: 'usr_1',
    aud: 'photos',
    auth_time: seconds(at(-90)),
    nonce: 'n-1',
    acr: 'aal1',
    amr: ['pwd'],
    sid: 'ses_1',
    at_hash: halfOf('sha256', answer.access_token),
    iat: seconds(start),
    exp: seconds(at(300)),
  })
})

test.for([
  ['RS256', 'sha256'],
  ['PS256', 'sha256'],
  ['ES256', 'sha256'],
  ['EdDSA', 'sha512'],
] as const)('an ID token by %s has its at_hash by %s (Core §3.1.3.6)', async ([idTokenAlg, hash]) => {
  const { mint, verify, ring } = await aMint()
  const answer = await mint.forFamily(order(ring.macKey(start).kid, { client: { ...client, idTokenAlg } }))
  const { payload, protectedHeader } = await verify(answer.id_token ?? '')
  expect(protectedHeader.alg).toBe(idTokenAlg)
  expect(payload.at_hash).toBe(halfOf(hash, answer.access_token))
})

function halfOf(hash: string, token: string): string {
  const whole = createHash(hash).update(token).digest()
  return whole.subarray(0, whole.length / 2).toString('base64url')
}

test("the algorithm of an access token is the client's, else the API's, else the default", async () => {
  const { mint, verify, ring } = await aMint('PS256')
  const kid = ring.macKey(start).kid
  const algOf = async (more: Partial<FamilyOrder>) =>
    (await verify((await mint.forFamily(order(kid, more))).access_token)).protectedHeader.alg
  const ofApi: Audience = { ...atApi, api: { ...api, alg: 'EdDSA' } }
  expect(await algOf({})).toBe('PS256')
  expect(await algOf({ audience: ofApi })).toBe('EdDSA')
  expect(await algOf({ audience: ofApi, client: { ...client, accessTokenAlg: 'RS256' } })).toBe('RS256')
})

test('no lifetime of an API goes beyond the longest, and the answer says what the token says', async () => {
  const { mint, verify, ring } = await aMint()
  for (const [lifetime, expected] of [
    [30, 30],
    [settings.longestLifetime * 10, settings.longestLifetime],
  ] as const) {
    const audience: Audience = { ...atApi, api: { ...api, lifetime } }
    const answer = await mint.forFamily(order(ring.macKey(start).kid, { audience }))
    const { payload } = await verify(answer.access_token)
    expect(answer.expires_in).toBe(expected)
    expect(payload.exp).toBe(seconds(at(expected)))
  }
})

test('no claim of a person overwrites one of the protocol, in either token', async () => {
  const names = ['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'azp', 'nonce', 'auth_time', 'acr', 'amr', 'at_hash']
  const more = ['c_hash', 'sid', 'scope', 'client_id', 'cnf', 'act', 'may_act', 'fid', 'ver', 'uic', 'typ', 'events']
  const all = [...names, ...more, 'active', 'username', 'token_type', '__proto__', 'constructor', 'toString']
  const hostile = Object.fromEntries(all.map((name) => [name, 'hostile']))
  const user = aPerson({ ...hostile, roles: ['reader'], department: 'maths' })
  const { mint, verify, ring } = await aMint()
  const kid = ring.macKey(start).kid
  const plain = await mint.forFamily(order(kid))
  const idTokenClaims = Object.fromEntries([...all, 'department'].map((name) => [name, {}]))
  for (const audience of [atIssuer, atApi]) {
    const wide = { ...audience, scopes: new Set([...audience.scopes, ...all]) }
    const answer = await mint.forFamily(order(kid, { user, audience: wide, idTokenClaims }))
    const id = (await verify(answer.id_token ?? '')).payload
    const before = (await verify(plain.id_token ?? '')).payload
    expect(id).toEqual({ ...before, at_hash: halfOf('sha256', answer.access_token), department: 'maths' })
    const { payload } = await verify(answer.access_token)
    expect(JSON.stringify({ ...payload, scope: '' })).not.toContain('hostile')
    expect(payload).toMatchObject({ iss: issuer, sub: 'usr_1', client_id: 'photos', aud: audience.audience })
  }
})

test('roles are in a token by their scope, other standard claims only at UserInfo and in the ID token by name', async () => {
  const { mint, verify, ring } = await aMint()
  const user = aPerson({ roles: ['reader'], groups: ['staff'], name: 'Ada' })
  const scopes = new Set(['openid', 'profile', 'email', 'roles'])
  const audience = { ...atIssuer, scopes }
  const answer = await mint.forFamily(order(ring.macKey(start).kid, { user, scopes, audience }))
  const { payload } = await verify(answer.access_token)
  expect(payload.roles).toEqual(['reader'])
  for (const name of ['groups', 'name', 'email']) expect(payload).not.toHaveProperty(name)
  for (const name of ['roles', 'name', 'email']) {
    expect((await verify(answer.id_token ?? '')).payload).not.toHaveProperty(name)
  }
})

test('an offline family has an ID token with its sid, and an access token that outlives the session', async () => {
  const { mint, verify, ring } = await aMint()
  const base = order(ring.macKey(start).kid)
  const answer = await mint.forFamily({ ...base, family: { ...base.family, sessionId: undefined } })
  expect((await verify(answer.access_token)).payload).not.toHaveProperty('sid')
  expect((await verify(answer.id_token ?? '')).payload.sid).toBe('ses_1')
})

test('without openid there is no ID token, without a generation no refresh token', async () => {
  const { mint, ring } = await aMint()
  const scopes = new Set(['profile'])
  const answer = await mint.forFamily(order(ring.macKey(start).kid, { scopes, generation: undefined }))
  expect(Object.keys(answer).toSorted()).toEqual(['access_token', 'expires_in', 'scope', 'token_type'])
})

test('a successor is the same however often it is computed, and another for anything else', async () => {
  const { mint, ring } = await aMint()
  const base = order(ring.macKey(start).kid)
  const tokenOf = async (more: Partial<FamilyOrder>) => (await mint.forFamily({ ...base, ...more })).refresh_token
  const first = await tokenOf({})
  expect(await tokenOf({ nonce: undefined, scopes: new Set(['openid', 'email']) })).toBe(first)
  const others = [
    await tokenOf({ generation: 2 }),
    await tokenOf({ family: { ...base.family, id: 'fam_2' } }),
    await tokenOf({ family: { ...base.family, clientId: 'other' } }),
  ]
  expect(new Set([first, ...others.map((token) => token?.split('.').at(-1))]).size).toBe(4)
})

test('a MAC key that is not known here is a 503, never another key', async () => {
  const { mint } = await aMint()
  await expect(mint.forFamily(order('unknown'))).rejects.toBeInstanceOf(Unavailable)
})

test('an opaque token is sealed: it says nothing, and only we can read it', async () => {
  const { mint, readOpaque, ring } = await aMint()
  const opaque = { ...client, accessTokenFormat: 'opaque' } as const
  const { access_token: token } = await mint.forFamily(order(ring.macKey(start).kid, { client: opaque }))
  const [, kid, body = ''] = /^at_([\w-]+)\.([\w-]+)$/.exec(token) ?? []
  expect(kid).toBe(ring.macKey(start).kid)
  expect(Buffer.from(body, 'base64url').toString('latin1')).not.toMatch(/usr_1|photos|fam_1/)
  expect(await readOpaque(token)).toMatchObject({ sub: 'usr_1', clientId: 'photos', familyId: 'fam_1' })
})

test("a client's own token is about the client, and says nothing of a person", async () => {
  const { mint, verify } = await aMint()
  const versions = { user: 0, client: 4, everything: 2 }
  const answer = await mint.forClient({ client, audience: atApi, versions })
  const { payload } = await verify(answer.access_token)
  expect(payload).toEqual({
    iss: issuer,
    sub: 'photos',
    aud: api.audience,
    client_id: 'photos',
    scope: 'notes:read roles',
    jti: expect.any(String),
    ver: [0, 4, 2],
    iat: seconds(start),
    exp: seconds(at(600)),
  })
  expect(answer).not.toHaveProperty('refresh_token')
})

test('no two tokens share a jti', async () => {
  const { mint, verify } = await aMint()
  const versions = { user: 0, client: 0, everything: 0 }
  const tokens = await Promise.all(
    Array.from({ length: 50 }, () => mint.forClient({ client, audience: atApi, versions })),
  )
  const ids = await Promise.all(tokens.map(async ({ access_token: token }) => (await verify(token)).payload.jti))
  expect(new Set(ids).size).toBe(50)
})
