import { describe, expect, onTestFinished, test } from 'vitest'
import { expectErrorAt } from './support/answers.ts'
import { askForTokens, behind, expectErrorBehind, registerFor, tokensUrl } from './support/front-channel.ts'
import { list } from './support/list.ts'
import { authorizeUrl, personOf, postForm } from './support/steps.ts'
import { postTampered } from './support/tampered-form.ts'
import { claimsOf } from './support/tokens.ts'
import { aWorld, theWorld, type World } from './support/world.ts'

const world = await theWorld({ flags: { 'authorize.frontChannelTokens': 'all' } })
const { c1, u1, server, issuer } = world
const hybrid = await registerFor(world, 'hybrid', ['code', 'code id_token token'])
const implicit = await registerFor(world, 'implicit', ['id_token', 'id_token token'])

describe('A15 answers with tokens say who they are from', () => {
  test('A15 success and every kind of error, in the fragment', async () => {
    const { said, person } = await askForTokens(world, { client: implicit })
    expect(said).toMatchObject({ iss: issuer, state: 'a-state' })
    const unsigned = personOf(world, u1)
    expectErrorBehind(
      world,
      implicit,
      await unsigned.authorize(tokensUrl(world, implicit, { prompt: 'none' })),
      'login_required',
    )
    expectErrorBehind(
      world,
      implicit,
      await person.authorize(tokensUrl(world, implicit, { max_age: 'soon' })),
      'invalid_request',
    )
    const page = await unsigned.browser.open(tokensUrl(world, implicit))
    expectErrorBehind(world, implicit, (await unsigned.deny(page)).url, 'access_denied')
  })

  test('A15 a state cannot bring parameters of its own', async () => {
    for (const state of ['s&iss=https://evil.test&access_token=x', '#access_token=x', '%23', 'ü€😀']) {
      const { said } = await askForTokens(world, { client: implicit, changes: { state } })
      expect(said).toMatchObject({ state, iss: issuer, access_token: expect.stringMatching(/^ey/) })
    }
  })
})

describe('A16 flows that are on are on for those who are registered for them', () => {
  test('A16 I09 a client of the code flow has no other', async () => {
    for (const response_type of ['id_token', 'token id_token', 'code id_token', 'code token', 'code id_token token']) {
      const { location } = await world.send(authorizeUrl(world, c1, { response_type }))
      expectErrorBehind(world, c1, location, 'unauthorized_client')
    }
  })

  test('A16 I09 a token alone is never answered, nor what only looks like a response type', async () => {
    for (const response_type of [
      'token',
      'none',
      'ID_TOKEN',
      'id_token  token',
      ' id_token',
      'id_token,token',
      'id_token id_token',
    ])
      expectErrorAt(
        world,
        implicit,
        await world.send(tokensUrl(world, implicit, { response_type })),
        'unsupported_response_type',
      )
  })

  test('A16 no token goes into a query, whatever mode is asked for, in whatever order the words stand', async () => {
    const { person } = await askForTokens(world, { client: implicit })
    for (const response_type of ['id_token', 'id_token token', 'token id_token'])
      for (const response_mode of list('query QUERY jwt query.jwt cookie fragment,query')) {
        const url = await person.authorize(tokensUrl(world, implicit, { response_type, response_mode }))
        expect(url.search).toBe('')
        expectErrorBehind(world, implicit, url, 'invalid_request')
      }
  })

  test('A16 A17 fields and addresses between the request and the answer cannot make a code into tokens', async () => {
    const person = personOf(world, u1)
    const wishes = { response_type: 'code id_token token', response_mode: 'fragment' }
    const page = await person.browser.open(authorizeUrl(world, hybrid))
    const fields = { username: u1.username, password: u1.password, ...wishes }
    const { location } = await postTampered(world, person, { page, button: 'login', fields, query: wishes })
    const resume = new URL(location ?? '')
    for (const [name, value] of Object.entries(wishes)) resume.searchParams.set(name, value)
    const consent = await person.browser.open(resume)
    const answer = await postTampered(world, person, {
      page: consent,
      button: 'approve',
      fields: wishes,
      query: wishes,
    })
    expect([...(answer.location?.searchParams.keys() ?? [])].toSorted()).toEqual([
      'code',
      'iss',
      'session_state',
      'state',
    ])
    expect(answer.location?.hash).toBe('')
  })

  test('A16 I09 the token endpoint knows no implicit grant and no password', async () => {
    for (const grant_type of ['implicit', 'password', 'id_token token']) {
      const answer = await postForm(world, '/token', { grant_type, username: 'u1', password: u1.password }, implicit)
      expect([answer.status, answer.json.error]).toEqual([400, 'unsupported_grant_type'])
    }
  })

  test('A16 the metadata offers what is on, and `id_token` means no access token', async () => {
    const half = await aWorld({ flags: { 'authorize.frontChannelTokens': 'id_token' } })
    onTestFinished(() => half.close())
    const metadata = async (each: World) => (await each.send('/.well-known/openid-configuration')).json
    const types = ['code', 'id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token']
    const modes = { response_modes_supported: ['query', 'fragment', 'form_post'] }
    expect(await metadata(world)).toMatchObject({ ...modes, response_types_supported: types })
    expect(await metadata(half)).toMatchObject({
      ...modes,
      response_types_supported: ['code', 'id_token', 'code id_token'],
      grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials', 'implicit'],
    })
    await expect(registerFor(half, 'greedy', ['id_token token'])).rejects.toThrow(
      'is off: see authorize.frontChannelTokens',
    )
    const modest = await registerFor(half, 'modest', ['id_token'])
    const answer = await half.send(authorizeUrl(half, modest, { response_type: 'id_token token' }))
    expectErrorAt(half, modest, answer, 'unsupported_response_type')
  })

  test('A16 what is turned off is off for those who were registered for it', async () => {
    const off = await aWorld()
    onTestFinished(() => off.close())
    await expect(registerFor(off, 'late', ['id_token'])).rejects.toThrow('is off')
    await expect(off.server.clients.update('c1', { grantTypes: ['implicit'] }, 'test')).rejects.toThrow('is off')
    const early = (await off.server.stores.clients.find('c1')) ?? expect.fail('no c1')
    const responseTypes = new Set([...early.responseTypes, 'id_token'])
    await off.server.stores.clients.put({
      ...early,
      responseTypes,
      grantTypes: new Set([...early.grantTypes, 'implicit']),
    })
    const answer = await off.send(authorizeUrl(off, off.c1, { response_type: 'id_token' }))
    expectErrorAt(off, off.c1, answer, 'unsupported_response_type')
  })

  test('A16 a web client of the implicit flow has https, and nothing else', async () => {
    const redirectUris = ['http://localhost:8080/cb']
    await expect(registerFor(world, 'plain', ['id_token'], { redirectUris })).rejects.toThrow('needs https')
  })
})

describe('E11 E17 who is asked again', () => {
  test('E11 a secret that is never shown vouches for nobody: another app at a loopback address is asked for consent', async () => {
    const native = { applicationType: 'native', redirectUris: ['http://127.0.0.1/cb'] }
    const app = {
      ...(await registerFor(world, 'phone', ['code', 'id_token'], native)),
      redirectUri: 'http://127.0.0.1/cb',
    }
    const person = personOf(world, u1)
    await person.follow(authorizeUrl(world, app))
    const silent = { prompt: 'none' }
    expect((await person.authorize(authorizeUrl(world, app, silent))).searchParams.get('code')).toMatch(/^code_/)
    const url = await person.authorize(tokensUrl(world, app, { response_type: 'id_token', ...silent }))
    expectErrorBehind(world, app, url, 'consent_required')
  })

  test('E17 a fresh sign-in is asked for and told in the answer itself', async () => {
    const { person, claims } = await askForTokens(world, { client: implicit })
    server.clock.move(60)
    expect(
      (await askForTokens(world, { client: implicit, person, changes: { max_age: '600' } })).claims.auth_time,
    ).toBe(claims.auth_time)
    for (const changes of [{ prompt: 'login' }, { max_age: '10' }]) {
      server.clock.move(60)
      const now = Math.floor(server.clock.now().getTime() / 1000)
      const page = await person.browser.open(tokensUrl(world, implicit, changes))
      expect(page.title).toContain('Sign in')
      const said = behind((await person.goOn(page)).url)
      expect(claimsOf(said.id_token ?? '').auth_time).toBeGreaterThanOrEqual(now)
      expect(claimsOf(said.access_token ?? '').auth_time).toBe(claimsOf(said.id_token ?? '').auth_time)
    }
  })
})
