import { createServer } from 'node:http'
import { decodeJwt } from 'jose'
import { describe, expect, onTestFinished, test } from 'vitest'
import { freePorts } from '#test/support/free-ports.ts'
import { expectErrorAt, expectLocalError } from './support/answers.ts'
import { authorizeUrl, type Changes, cookiesOf, parameters, personOf, pkce, redeem, tokensOf } from './support/steps.ts'
import { postTampered } from './support/tampered-form.ts'
import { theWorld } from './support/world.ts'

const world = await theWorld()

describe('A17 what was asked first is what counts', () => {
  const evil: Changes = {
    client_id: 'c2',
    redirect_uri: 'https://evil.test/cb',
    scope: 'openid email offline_access',
    nonce: 'evil-nonce',
    state: 'evil-state',
    code_challenge: pkce().challenge,
    code_challenge_method: 'plain',
    response_type: 'token',
    response_mode: 'form_post',
    prompt: 'none',
    resource: 'https://rs2.test',
    claims: '{"id_token":{"email":null}}',
    max_age: '0',
    login_hint: 'u2',
  }

  test('A17 fields and addresses between the request and the answer change nothing', async () => {
    const person = personOf(world, world.u1)
    const { verifier, challenge } = pkce()
    const page = await person.browser.open(authorizeUrl(world, world.c1, { code_challenge: challenge }))
    const { username, password } = world.u1
    const signedIn = await postTampered(world, person, {
      page,
      button: 'login',
      fields: { username, password, ...evil },
      query: evil,
    })
    const resume = new URL(signedIn.location ?? '')
    for (const [name, value] of parameters(evil)) resume.searchParams.append(name, value)
    const consent = await person.browser.open(resume)
    expect(consent.text).not.toContain('offline_access')
    const { location } = await postTampered(world, person, {
      page: consent,
      button: 'approve',
      fields: evil,
      query: evil,
    })

    expect(location?.href.split('?')[0]).toBe(world.c1.redirectUri)
    expect(location?.searchParams.get('state')).toBe('a-state')
    const code = location?.searchParams.get('code') ?? ''
    const granted = {
      client: world.c1,
      code,
      verifier,
      nonce: '',
      redirectUri: world.c1.redirectUri,
      person,
      answer: location ?? new URL('x:'),
    }
    const answer = await redeem(world, granted)
    expect(answer.json).toMatchObject({ scope: 'openid' })
    const claims = decodeJwt(tokensOf(answer).id)
    expect(claims).toMatchObject({ nonce: 'a-nonce', aud: 'c1', sub: world.u1.sub })
    expect(claims).not.toHaveProperty('email')
  })

  test('A17 an id that stands twice, is changed or is not ours opens nothing', async () => {
    const person = personOf(world, world.u1)
    const page = await person.browser.open(authorizeUrl(world, world.c1))
    const { username, password } = world.u1
    const id = page.url.searchParams.get('id') ?? ''
    const ids = [
      `${id}x`,
      id.slice(0, -1),
      id.toUpperCase(),
      '',
      `ref_${'A'.repeat(32)}`,
      '../x',
      '__proto__',
      `${id}\0`,
    ]
    for (const one of ids) {
      const answer = await world.send(`/authorize/continue?id=${encodeURIComponent(one)}`, {
        headers: { cookie: cookiesOf(world, person) },
      })
      expect(answer.status, one).toBe(400)
    }
    const twice = await postTampered(world, person, {
      page,
      button: 'login',
      fields: { username, password },
      query: { id: `ref_${'A'.repeat(32)}` },
    })
    expectLocalError(twice)
  })

  test('A17 forms of two requests at one browser cannot be exchanged', async () => {
    const person = personOf(world, world.u1)
    await person.follow(authorizeUrl(world, world.c1))
    const one = await person.browser.open(authorizeUrl(world, world.c1, { prompt: 'consent' }))
    const other = await person.browser.open(authorizeUrl(world, world.c2, { scope: 'openid email', prompt: 'consent' }))
    const [csrf] = one.forms.flatMap(({ fields }) => fields.get('csrf') ?? [])
    const crossed = await postTampered(world, person, { page: other, button: 'approve', fields: { csrf } })
    expect(crossed.status).toBe(403)
    expect(
      (await postTampered(world, person, { page: other, button: 'approve', fields: { csrf: [String(csrf), ''] } }))
        .status,
    ).toBe(400)
    const honest = await postTampered(world, person, { page: one, button: 'approve' })
    expect(honest.location?.href).toMatch(/^https:\/\/c1\.test\/cb\?code=/)
  })

  test('A17 a redirect URI that the operator takes away while people sign in is not used any more', async () => {
    const { clients } = world.server
    const redirectUris = ['https://moved.test/old', 'https://moved.test/new']
    const { secret = '' } = await clients.create({ id: 'moved', name: 'moved', redirectUris }, 'test')
    const client = {
      id: 'moved',
      secret,
      method: 'client_secret_basic' as const,
      redirectUri: 'https://moved.test/old',
    }
    const person = personOf(world, world.u1)
    const page = await person.browser.open(authorizeUrl(world, client))
    await clients.update('moved', { redirectUris: ['https://moved.test/new'] }, 'test')
    const { username, password } = world.u1
    for (const tampering of [{ fields: { username, password } }, { fields: { action: 'deny' } }]) {
      const answer = await postTampered(world, person, { page, button: 'login', ...tampering })
      expect(answer.location?.host).not.toBe('moved.test')
    }
    const last = await person.goOn(await person.browser.open(page.url))
    expect(last.left).toBe(false)
    expect(last.status).toBe(400)
  })
})

describe('A19 a client that registered nothing for it brings no request object', () => {
  const unsigned = (claims: object) =>
    `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`

  test('A19 request', async () => {
    const inner = {
      iss: 'c1',
      aud: world.issuer,
      client_id: 'c1',
      redirect_uri: 'https://evil.test/cb',
      response_type: 'code',
    }
    for (const request of [
      unsigned(inner),
      unsigned({ ...inner, scope: 'openid email' }),
      'x',
      'a.b.c',
      'a.b.c.d.e',
      '{}',
      'null',
    ]) {
      expectErrorAt(
        world,
        world.c1,
        await world.send(authorizeUrl(world, world.c1, { request })),
        'invalid_request_object',
      )
      expectLocalError(await world.send(authorizeUrl(world, world.c1, { request, redirect_uri: undefined })))
      expectLocalError(await world.send(authorizeUrl(world, world.c1, { request, client_id: undefined })))
    }
  })

  test('A19 request_uri, and nothing is fetched', async () => {
    let calls = 0
    const [port = 0] = await freePorts(1)
    const canary = createServer((_request, answer) => {
      calls++
      answer.end()
    }).listen(port, '127.0.0.1')
    onTestFinished(() => void canary.close())
    for (const request_uri of [
      `http://127.0.0.1:${port}/r`,
      `http://localhost:${port}/r`,
      'urn:ietf:params:oauth:request_uri:x',
      'https://c1.test/r',
      'file:///etc/passwd',
      'data:,x',
      'x',
    ]) {
      expectErrorAt(
        world,
        world.c1,
        await world.send(authorizeUrl(world, world.c1, { request_uri })),
        'invalid_request_uri',
      )
      expectLocalError(await world.send(authorizeUrl(world, world.c1, { request_uri, redirect_uri: undefined })))
    }
    expect(calls).toBe(0)
  })

  test('A19 both, and a registration on the fly', async () => {
    const both = authorizeUrl(world, world.c1, { request: 'x', request_uri: 'https://c1.test/r' })
    expectErrorAt(world, world.c1, await world.send(both), 'invalid_request')
    const registration = '{"redirect_uris":["https://evil.test"]}'
    expectErrorAt(
      world,
      world.c1,
      await world.send(authorizeUrl(world, world.c1, { registration })),
      'registration_not_supported',
    )
    const { json } = await world.send('/.well-known/openid-configuration')
    expect(json).toMatchObject({ require_request_uri_registration: true })
    expect(json.request_object_signing_alg_values_supported).not.toContain('none')
  })
})
