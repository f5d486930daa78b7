import { describe, expect, test } from 'vitest'
import {
  authorizeUrl,
  type Changes,
  getCode,
  redeem,
  refresh,
  signIn,
  tokensOf,
  userInfo,
} from '#test/security/support/steps.ts'
import { claimsOf } from '#test/security/support/tokens.ts'
import { type KnownClient, theWorld } from '#test/security/support/world.ts'

const world = await theWorld({ flags: { 'userinfo.maxAge': '5m' } })
const { c1, u1, u2, server, issuer } = world
const strict = await aClient('strict', { defaultMaxAge: 60, requireAuthTime: true, defaultAcrValues: ['aal9', 'aal1'] })

async function aClient(id: string, more: object): Promise<KnownClient> {
  const redirectUri = `https://${id}.test/cb`
  const wishes = { id, name: id, redirectUris: [redirectUri], scopes: ['openid', 'email', 'profile'] }
  const { secret = '' } = await server.clients.create({ ...wishes, ...more }, 'test')
  return { id, secret, method: 'client_secret_basic', redirectUri }
}

/** Whether the person is asked to sign in again. */
async function isAsked(
  person: Awaited<ReturnType<typeof signIn>>['person'],
  client: KnownClient,
  changes: Changes = {},
) {
  const url = await person.authorize(authorizeUrl(world, client, { prompt: 'none', ...changes }))
  return url.searchParams.get('error') ?? (url.searchParams.has('code') ? 'no' : url.href)
}

describe('what a client asks of every sign-in, by its registration', () => {
  test('default_max_age is how old a sign-in may be, and a max_age of the request goes before it', async () => {
    const { person } = await signIn(world, { client: strict })
    server.clock.move(50)
    expect(await isAsked(person, strict)).toBe('no')
    server.clock.move(11)
    expect(await isAsked(person, strict)).toBe('login_required')
    expect(await isAsked(person, strict, { max_age: '600' })).toBe('no')
    expect(await isAsked(person, strict, { max_age: '0' })).toBe('login_required')
    expect(await isAsked((await signIn(world)).person, c1)).toBe('no')
    const now = Math.floor(server.clock.now().getTime() / 1000)
    const page = await person.browser.open(authorizeUrl(world, strict))
    expect(page.title).toContain('Sign in')
    const { id } = tokensOf(await redeem(world, await getCode(world, { client: strict, person })))
    expect(claimsOf(id).auth_time).toBeGreaterThanOrEqual(now)
  })

  test('auth_time stands in every ID token, asked for or not; acr is one that the metadata lists', async () => {
    const { json } = await world.send('/.well-known/openid-configuration')
    const essential = JSON.stringify({ id_token: { auth_time: { essential: true }, acr: { essential: true } } })
    for (const changes of [{}, { max_age: '600' }, { claims: essential }, { acr_values: 'aal9 aal8' }]) {
      const { id } = await signIn(world, { client: strict, changes })
      expect(claimsOf(id).auth_time).toEqual(expect.any(Number))
      expect(json.acr_values_supported).toContain(claimsOf(id).acr)
    }
    expect(json.claims_supported).toEqual(expect.arrayContaining(['acr', 'amr', 'auth_time', 'address', 'updated_at']))
  })
})

describe('the claims parameter', () => {
  const asking = (claims: object, changes: Changes = {}) => ({ claims: JSON.stringify(claims), ...changes })
  const errorOf = async (changes: Changes) =>
    (await world.send(authorizeUrl(world, c1, changes))).location?.searchParams.get('error')

  test('an essential acr that no sign-in reaches is refused by name; one that is reached, or voluntary, is not', async () => {
    const acr = (wish: object) => asking({ id_token: { acr: wish } })
    for (const wish of [{ value: 'aal2' }, { values: ['aal2', 'aal3'] }, { value: 1 }])
      expect(await errorOf(acr({ essential: true, ...wish }))).toBe('unmet_authentication_requirements')
    for (const wish of [{ value: 'aal2' }, { essential: true, values: ['aal2', 'aal1'] }, { essential: true }])
      expect((await getCode(world, { changes: acr(wish) })).code).toMatch(/^code_/)
  })

  test('sub says who it must be: nobody else is answered for', async () => {
    const { person, id } = await signIn(world)
    const sub = (value: string) => asking({ id_token: { sub: { value } } })
    expect(await isAsked(person, c1, sub(u1.sub))).toBe('no')
    expect(await isAsked(person, c1, sub(u2.sub))).toBe('login_required')
    expect(await errorOf({ ...sub(u2.sub), id_token_hint: id })).toBe('invalid_request')
  })

  test('a claim is answered where it is asked for, with the value that is asked for or not at all', async () => {
    const asked = {
      id_token: { email: { value: 'u1@people.test' }, name: { value: 'Somebody else' }, unheard_of: null },
      userinfo: { name: { essential: true }, email: { values: ['other@people.test'] }, email_verified: null },
    }
    const { id, access } = await signIn(world, { changes: asking(asked) })
    expect(claimsOf(id)).toMatchObject({ email: 'u1@people.test' })
    expect(claimsOf(id)).not.toHaveProperty('name')
    const { json } = await userInfo(world, access)
    expect(json).toEqual({ sub: u1.sub, name: 'Name of u1', email_verified: false })
  })

  test('what is not a claims request is refused, and what the client may not ask for is left out', async () => {
    for (const claims of ['x', '[]', '"a"', '5', '{"id_token":[]}', '{"userinfo":5}', '{"id_token":{"name":true}}'])
      expect(await errorOf({ claims }), claims).toBe('invalid_request')
    const { id, access } = await signIn(world, {
      changes: asking({ id_token: { address: null, iss: null }, userinfo: { phone_number: null, __proto__x: null } }),
    })
    expect(claimsOf(id)).toMatchObject({ iss: issuer })
    expect(claimsOf(id)).not.toHaveProperty('address')
    expect((await userInfo(world, access)).json).toEqual({ sub: u1.sub })
  })
})

describe('a sign-in that is too old for UserInfo (RFC 9470)', () => {
  const challenge = `Bearer realm="${issuer}", error="insufficient_user_authentication", error_description="a more recent sign-in is required", max_age="300"`

  test('is told to the app with what to ask for, and no refresh makes it younger', async () => {
    const first = await signIn(world)
    server.clock.move(280)
    expect((await userInfo(world, first.access)).status).toBe(200)
    server.clock.move(21)
    const { access } = tokensOf(await refresh(world, c1, first.refresh))
    for (const init of [
      { headers: { authorization: `Bearer ${access}` } },
      { method: 'POST', body: new URLSearchParams({ access_token: access }) },
    ]) {
      const answer = await world.send('/userinfo', init)
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, challenge])
      expect(answer.json).toEqual({
        error: 'insufficient_user_authentication',
        error_description: 'a more recent sign-in is required',
      })
    }
    const maxAge = /max_age="(\d+)"/.exec(challenge)?.[1]
    const page = await first.person.browser.open(authorizeUrl(world, c1, { max_age: maxAge }))
    expect(page.title).toContain('Sign in')
    const { person } = first
    const again = await signIn(world, { person, changes: { max_age: maxAge } })
    expect((await userInfo(world, again.access)).json.sub).toBe(u1.sub)
  })

  test('a token that is none is still called invalid', async () => {
    const answer = await userInfo(world, 'nothing')
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"')
  })
})
