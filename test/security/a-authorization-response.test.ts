import { describe, expect, test } from 'vitest'
import { readForms } from '#test/support/html-form.ts'
import { expectErrorAt, expectLocalError } from './support/answers.ts'
import { list } from './support/list.ts'
import { redirectProbe } from './support/redirect-probe.ts'
import { authorizeUrl, cookiesOf, getCode, personOf, redeem, signIn } from './support/steps.ts'
import { postTampered } from './support/tampered-form.ts'
import { theWorld } from './support/world.ts'

const world = await theWorld()

test('A14 nothing that was posted is posted again: 303 from every form', async () => {
  const person = personOf(world, world.u1)
  const posted = authorizeUrl(world, world.c1).searchParams
  const begun = await world.send('/authorize', { method: 'POST', body: posted })
  expect(begun.status).toBe(303)

  const page = await person.browser.open(authorizeUrl(world, world.c1, { prompt: 'consent' }))
  const { username, password } = world.u1
  const signedIn = await postTampered(world, person, { page, button: 'login', fields: { username, password } })
  expect(signedIn.status).toBe(303)
  expect(signedIn.location?.origin).toBe(world.issuer)
  expect(signedIn.location?.href).not.toContain(password)

  const consent = await person.browser.open(signedIn.location ?? '')
  const agreed = await postTampered(world, person, { page: consent, button: 'approve' })
  expect(agreed.status).toBe(303)
  expect(agreed.location?.href).toMatch(/^https:\/\/c1\.test\/cb\?code=/)

  const leaving = await person.browser.open(`${world.issuer}/logout`)
  expect((await postTampered(world, person, { page: leaving, button: 'logout' })).status).toBe(200)
  expect(world.server.log.filter((line) => /"status":30[1278]/.test(line))).toEqual([])
})

describe('A15 every answer says who it is from', () => {
  test('A15 the metadata promises it, in both documents', async () => {
    for (const name of ['openid-configuration', 'oauth-authorization-server']) {
      const { json } = await world.send(`/.well-known/${name}`)
      expect(json).toMatchObject({ issuer: world.issuer, authorization_response_iss_parameter_supported: true })
    }
  })

  test('A15 success, for every kind of client', async () => {
    for (const client of [world.c1, world.c2, world.p1]) {
      const { answer } = await getCode(world, { client, changes: { state: 's&iss=https://evil.test' } })
      expect([...answer.searchParams.keys()].toSorted()).toEqual(['code', 'iss', 'session_state', 'state'])
      expect(answer.searchParams.getAll('iss')).toEqual([world.issuer])
      expect(answer.searchParams.get('state')).toBe('s&iss=https://evil.test')
    }
  })

  test('A15 errors, before and after the pages', async () => {
    const early = await world.send(authorizeUrl(world, world.c1, { response_type: 'token' }))
    expectErrorAt(world, world.c1, early, 'unsupported_response_type')
    const person = personOf(world, world.u1)
    const left = await person.deny(await person.browser.open(authorizeUrl(world, world.c1)))
    expect(Object.fromEntries(left.url.searchParams)).toMatchObject({
      error: 'access_denied',
      iss: world.issuer,
      state: 'a-state',
    })
  })

  test('A15 form_post, success and error: the fields and nothing in any URL', async () => {
    const { answer } = await getCode(world, { changes: { response_mode: 'form_post' } })
    expect(answer.searchParams.get('iss')).toBe(world.issuer)
    const refused = await world.send(authorizeUrl(world, world.c1, { response_mode: 'form_post', prompt: 'none' }))
    expect(refused.status).toBe(200)
    const [form] = readForms(refused.text, new URL(world.issuer))
    expect(form?.action.href).toBe(world.c1.redirectUri)
    expect(form?.method).toBe('post')
    expect(Object.fromEntries(form?.fields ?? [])).toMatchObject({
      error: 'login_required',
      state: 'a-state',
      iss: world.issuer,
    })
  })

  test('A15 a registered query stays, and cannot bring an iss of its own', async () => {
    const client = await redirectProbe(world).register('queried', 'https://queried.test/cb?tenant=1')
    const { location } = await world.send(authorizeUrl(world, client, { prompt: 'none' }))
    expect(location?.href).toMatch(/^https:\/\/queried\.test\/cb\?tenant=1&error=login_required&/)
    expect(location?.searchParams.getAll('iss')).toEqual([world.issuer])
  })

  test('A15 a state is given back as it came, whatever is in it', async () => {
    for (const state of [
      'ü€😀',
      'a b+c',
      '%00%0d%0aSet-Cookie: x=y',
      '\r\nLocation: https://evil.test',
      '"><script>',
      '#x',
      's'.repeat(4000),
    ]) {
      const { location, headers } = await world.send(authorizeUrl(world, world.c1, { state, prompt: 'none' }))
      expect(location?.searchParams.get('state')).toBe(state)
      expect(headers.getSetCookie()).toEqual([])
    }
  })

  test('A15 an app with a private scheme is answered in the query; a form cannot be posted to it', async () => {
    const native = { applicationType: 'native', authenticationMethod: 'none', scopes: ['openid'] }
    const made = await redirectProbe(world).register('private', 'com.example.app:/cb', native)
    const client = { ...made, method: 'none' as const }
    const { answer } = await getCode(world, { client })
    expect(answer.href).toMatch(/^com\.example\.app:\/cb\?code=/)
    const posted = await world.send(authorizeUrl(world, client, { response_mode: 'form_post', prompt: 'none' }))
    expectErrorAt(world, client, posted, 'invalid_request')
  })
})

describe('A16 flows that are off stay off', () => {
  const types = [
    'token',
    'id_token',
    'code token',
    'token code',
    'code id_token',
    'code id_token token',
    'id_token token',
    'none',
    'CODE',
    'Code',
    'code code',
    ' code',
    'code ',
    'code\0',
    'code,token',
    'code%20token',
    'device_code',
    '*',
  ]

  test.each(types)('A16 response_type %j', async (response_type) => {
    const { person } = await signIn(world)
    const answer = await world.send(authorizeUrl(world, world.c1, { response_type }), {
      headers: { cookie: cookiesOf(world, person) },
    })
    expectErrorAt(world, world.c1, answer, 'unsupported_response_type')
  })

  test('A16 a missing or doubled response_type', async () => {
    expectErrorAt(
      world,
      world.c1,
      await world.send(authorizeUrl(world, world.c1, { response_type: undefined })),
      'invalid_request',
    )
    expectErrorAt(
      world,
      world.c1,
      await world.send(authorizeUrl(world, world.c1, { response_type: '' })),
      'invalid_request',
    )
    expectLocalError(await world.send(authorizeUrl(world, world.c1, { response_type: ['code', 'token'] })))
  })

  test('A16 an unknown response_mode, and no answer in a fragment ever', async () => {
    for (const response_mode of [
      ...list(
        'fragment jwt query.jwt form_post.jwt fragment.jwt web_message cookie QUERY Form_Post query,fragment javascript:',
      ),
      'query ',
      ' query',
      'query fragment',
      'query\0',
    ]) {
      for (const response_type of ['code', 'id_token', 'token']) {
        const answer = await world.send(authorizeUrl(world, world.c1, { response_mode, response_type }))
        const code = response_type === 'code' ? 'invalid_request' : 'unsupported_response_type'
        expectErrorAt(world, world.c1, answer, code)
      }
    }
    const implicit = authorizeUrl(world, world.c1, { response_mode: 'query', response_type: 'id_token' })
    expectErrorAt(world, world.c1, await world.send(implicit), 'unsupported_response_type')
  })

  test('A16 the address that goes on cannot switch them on', async () => {
    const person = personOf(world, world.u1)
    const page = await person.browser.open(authorizeUrl(world, world.c1))
    const { username, password } = world.u1
    const wishes = { response_type: 'code id_token token', response_mode: 'fragment' }
    const signedIn = await postTampered(world, person, {
      page,
      button: 'login',
      fields: { username, password, ...wishes },
      query: wishes,
    })
    const resume = new URL(signedIn.location ?? '')
    for (const [name, value] of Object.entries(wishes)) resume.searchParams.set(name, value)
    const consent = await person.browser.open(resume)
    const answer = consent.left
      ? consent.url
      : (await postTampered(world, person, { page: consent, button: 'approve', query: wishes })).location
    expect(answer?.hash).toBe('')
    expect([...(answer?.searchParams.keys() ?? [])].toSorted()).toEqual(['code', 'iss', 'session_state', 'state'])
  })

  test('A16 the metadata offers nothing else', async () => {
    const { json } = await world.send('/.well-known/openid-configuration')
    expect(json.response_types_supported).toEqual(['code'])
    expect(json.response_modes_supported).toEqual(['query', 'form_post'])
    expect(json.grant_types_supported).toEqual(['authorization_code', 'refresh_token', 'client_credentials'])
  })

  test('A16 grants that are off: password, implicit and what nobody wired', async () => {
    const granted = await getCode(world)
    for (const grant_type of [
      'password',
      'implicit',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      'urn:ietf:params:oauth:grant-type:token-exchange',
      'AUTHORIZATION_CODE',
      'authorization_code ',
      '__proto__',
      'constructor',
      'toString',
    ]) {
      const answer = await redeem(world, granted, {
        changes: { grant_type, username: 'u1', password: world.u1.password },
      })
      expect([answer.status, answer.json.error]).toEqual([400, 'unsupported_grant_type'])
    }
    expect((await redeem(world, granted)).status).toBe(200)
  })
})
