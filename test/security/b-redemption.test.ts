import { describe, expect, test } from 'vitest'
import { expectJsonError } from './support/answers.ts'
import { basic, getCode, parameters, personOf, redeem, tokensOf, userInfo } from './support/steps.ts'
import { theWorld } from './support/world.ts'

const world = await theWorld()
const { server } = world

test('B11 the redirect URI has to be said again, byte by byte', async () => {
  for (const client of [world.c1, world.p1]) {
    const uri = client === world.p1 ? 'http://127.0.0.1:4711/cb' : client.redirectUri
    const granted = await getCode(world, { client, changes: { redirect_uri: uri } })
    const others = [
      undefined,
      '',
      `${uri}/`,
      `${uri}?`,
      `${uri}#`,
      `${uri}x`,
      uri.toUpperCase(),
      ` ${uri}`,
      `${uri}\0`,
      'https://evil.test/cb',
      'http://127.0.0.1/cb',
      'http://127.0.0.1:4712/cb',
      'null',
    ]
    for (const redirect_uri of others) {
      expectJsonError(await redeem(world, granted, { changes: { redirect_uri } }), 400, 'invalid_grant', redirect_uri)
    }
    expectJsonError(await redeem(world, granted, { changes: { redirect_uri: [uri, uri] } }), 400, 'invalid_request')
    expect((await redeem(world, granted)).status).toBe(200)
  }
})

describe('B15 what changes between the answer and the token counts', () => {
  test('B15 the person', async () => {
    const password = 'canary-new-password-of-u3'
    world.keepSecret(password)
    const { sub } = await server.users.create({ username: 'u3' }, password, 'test')
    const user = { sub, username: 'u3', password }
    const changes = [
      () => server.users.disable(sub, 'test'),
      () => server.users.enable(sub, 'test'),
      () => server.users.setPassword(sub, password, 'test'),
      () => server.users.signOut(sub, 'test'),
    ]
    const [disable, enable, ...others] = changes
    for (const change of others) {
      const granted = await getCode(world, { user })
      await change()
      expectJsonError(await redeem(world, granted), 400, 'invalid_grant')
    }
    const granted = await getCode(world, { user })
    await disable?.()
    expectJsonError(await redeem(world, granted), 400, 'invalid_grant')
    await enable?.()
    expectJsonError(await redeem(world, granted), 400, 'invalid_grant')
    const last = await getCode(world, { user })
    await server.users.remove(sub, 'test')
    expectJsonError(await redeem(world, last), 400, 'invalid_grant')
  })

  test('B15 the session: signed out, or somebody else at the same browser', async () => {
    const person = personOf(world, world.u1)
    const granted = await getCode(world, { person })
    await person.browser.press(await person.browser.open(`${world.issuer}/logout`), 'logout')
    expectJsonError(await redeem(world, granted), 400, 'invalid_grant')
  })

  test('B15 the consent', async () => {
    const granted = await getCode(world)
    await server.stores.consents.end(world.u1.sub, 'c1')
    expectJsonError(await redeem(world, granted), 400, 'invalid_grant')
  })

  test('B15 the client: disabled, ended, given less', async () => {
    const [disabled, ended, narrowed] = [
      await getCode(world),
      await getCode(world),
      await getCode(world, { changes: { scope: 'openid email offline_access' } }),
    ]
    const before = [...((await server.stores.clients.find('c1'))?.scopes ?? [])]
    await server.clients.update('c1', { scopes: ['openid'] }, 'test')
    const less = await redeem(world, narrowed)
    expect([less.status, less.json.scope]).toEqual([200, 'openid'])
    expect((await userInfo(world, tokensOf(less).access)).json).not.toHaveProperty('email')
    await server.clients.update('c1', { scopes: before }, 'test')
    await server.clients.endTokens('c1', 'test')
    expectJsonError(await redeem(world, ended), 400, 'invalid_grant')
    await server.clients.disable('c1', 'test')
    expectJsonError(await redeem(world, disabled), 401, 'invalid_client')
    await server.clients.enable('c1', 'test')
    expectJsonError(await redeem(world, disabled), 400, 'invalid_grant')
  })
})

describe('B16 the token endpoint reads a posted form and nothing else', () => {
  const { c2, rs1 } = world
  const own = { grant_type: 'client_credentials', scope: rs1.scope }
  const honest = { ...own, client_id: c2.id, client_secret: c2.secret }

  test('B16 by another method', async () => {
    for (const method of ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'REPORT', 'SEARCH']) {
      const answer = await world.send(`/token?${parameters(honest)}`, { method })
      expect([answer.status, answer.headers.get('allow')], method).toEqual([405, 'POST'])
    }
    const query = await world.send('/token', { method: 'QUERY', body: parameters(honest) })
    expect(query.status).toBe(405)
    for (const name of ['x-http-method-override', 'x-method-override', 'x-http-method']) {
      expect((await world.send(`/token?${parameters(honest)}`, { headers: { [name]: 'POST' } })).status).toBe(405)
    }
  })

  test('B16 in the address', async () => {
    expectJsonError(await world.send(`/token?${parameters(honest)}`, { method: 'POST' }), 401, 'invalid_client')
    const { client_secret, ...rest } = honest
    expectJsonError(
      await world.send(`/token?client_secret=${client_secret}`, { method: 'POST', body: parameters(rest) }),
      401,
      'invalid_client',
    )
    const granted = await getCode(world)
    const answer = await redeem(
      { ...world, send: (path, init) => world.send(`${path}?code=${granted.code}`, init) },
      granted,
      { changes: { code: undefined } },
    )
    expectJsonError(answer, 400, 'invalid_request')
  })

  test('B16 in another form', async () => {
    const types = [
      'application/json',
      'application/json; charset=utf-8',
      'text/plain',
      'text/json',
      'multipart/form-data; boundary=x',
      'application/xml',
      'application/x-www-form-urlencodedx',
      'application/jwt',
      'x',
      '',
      ';',
      'application/',
    ]
    for (const type of types) {
      for (const body of [JSON.stringify(honest), String(parameters(honest))]) {
        const headers = { 'content-type': type }
        const answer = await world.send('/token', { method: 'POST', headers, body: Buffer.from(body) })
        expectJsonError(answer, 415, 'invalid_request', type)
      }
    }
    const nested = await world.send('/token', {
      method: 'POST',
      body: parameters({
        'client_id[]': 'c2',
        'client[secret]': world.c2.secret,
        ...{ grant_type: honest.grant_type },
      }),
    })
    expectJsonError(nested, 401, 'invalid_client')
  })

  test('B16 the honest form is read whatever its letters and charset', async () => {
    for (const type of [
      'application/x-www-form-urlencoded',
      'APPLICATION/X-WWW-FORM-URLENCODED',
      'application/x-www-form-urlencoded; charset=UTF-8',
      'application/x-www-form-urlencoded;charset=iso-8859-1',
    ]) {
      const answer = await world.send('/token', {
        method: 'POST',
        headers: { 'content-type': type },
        body: String(parameters(honest)),
      })
      expect(answer.status, type).toBe(200)
    }
    const headers = { authorization: basic('c1', world.c1.secret) }
    expect((await world.send('/token', { method: 'POST', headers, body: parameters(own) })).status).toBe(200)
  })
})
