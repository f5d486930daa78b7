import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { openAudit } from '#core/audit/audit.ts'
import { announcer } from '#core/logout/announce.ts'
import { unusedClientsWork } from '#idp/wire-registration.ts'
import type { Stores } from '#stores/stores.ts'
import { aRegistrant, plainDocument } from '#test/support/registrant.ts'
import { aServer, type ServerOptions, type TestServer } from '#test/support/server.ts'

const opened: TestServer[] = []
afterEach(async () => {
  for (const server of opened.splice(0)) await server.close()
})

/** A server whose clients register with a token, unless told; and whoever registers them. */
async function start(flags: ServerOptions['flags'] = {}, options: ServerOptions = {}) {
  const server = await aServer({ ...options, flags: { 'registration.mode': 'token', ...flags } })
  opened.push(server)
  return { server, tokens: server.tokens, ...aRegistrant(server.issuer) }
}

async function metadataOf({ issuer }: TestServer): Promise<Record<string, unknown>> {
  return (await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()) as Record<string, unknown>
}

/** Whoever counts is told a moment later: everybody who comes at once has seen the same number. */
function slowToCount(stores: Stores): Stores {
  const { dynamicClients } = stores
  const count = async () => {
    const found = await dynamicClients.count()
    await wait(30)
    return found
  }
  return { ...stores, dynamicClients: { ...dynamicClients, count } }
}

const day = 86_400
const service = { grant_types: ['client_credentials'], response_types: [], scope: 'openid' }

describe('who may register', () => {
  test('nobody, unless the settings say so', async () => {
    const { server, register, ask } = await start({ 'registration.mode': 'off' })
    expect(await metadataOf(server)).not.toHaveProperty('registration_endpoint')
    expect((await register(plainDocument)).status).toBe(404)
    expect((await ask({ registration_client_uri: `${server.issuer}/register/x` }, 'GET')).status).toBe(404)
  })

  test('whoever has a token, as often as it says', async () => {
    const { server, tokens, register } = await start()
    expect(await metadataOf(server)).toMatchObject({ registration_endpoint: `${server.issuer}/register` })
    const { token, secret } = await tokens.create({ uses: 2, lifetime: day }, 'test')
    for (const wrong of [undefined, 'iat_wrong', token.id, token.hash]) {
      const { status, headers, json } = await register(plainDocument, wrong)
      expect([status, json.error]).toEqual([401, 'invalid_token'])
      expect(headers.get('www-authenticate')).toMatch(/^Bearer realm="/)
    }
    // What is at fault costs no use.
    expect((await register({}, secret)).status).toBe(400)
    const { json } = await register(plainDocument, secret)
    expect((await server.stores.clients.find(String(json.client_id)))?.registration?.by).toBe(token.id)
    expect((await register(plainDocument, secret)).status).toBe(201)
    expect((await register(plainDocument, secret)).status).toBe(401)
  })

  test('with a token that is neither expired nor revoked', async () => {
    const { server, tokens, register } = await start()
    const late = await tokens.create({ uses: 9, lifetime: 60 }, 'test')
    const gone = await tokens.create({ uses: 9, lifetime: 60 }, 'test')
    await tokens.revoke(gone.token.id, 'test')
    expect((await register(plainDocument, gone.secret)).status).toBe(401)
    server.clock.move(59)
    expect((await register(plainDocument, late.secret)).status).toBe(201)
    server.clock.move(1)
    expect((await register(plainDocument, late.secret)).status).toBe(401)
    // Whoever may not register is not told what is wrong with a document.
    expect((await register({}, late.secret)).status).toBe(401)
  })

  test('of 20 who come at once with 7 uses, 7 are let in', async () => {
    const { server, tokens, register } = await start({}, { stores: 'real' })
    const { secret } = await tokens.create({ uses: 7, lifetime: day }, 'test')
    const answers = await Promise.all(Array.from({ length: 20 }, () => register(plainDocument, secret)))
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 201)).toHaveLength(7)
    expect(statuses.filter((status) => status === 401)).toHaveLength(13)
    expect(await server.stores.dynamicClients.count()).toBe(7)
  })

  test('a token that came with an open door is still looked at', async () => {
    const { register } = await start({ 'registration.mode': 'open' })
    expect((await register(plainDocument)).status).toBe(201)
    expect((await register(plainDocument, 'iat_wrong')).status).toBe(401)
  })
})

describe('what they may have', () => {
  test('the scopes of the settings, or those of their token', async () => {
    const { tokens, register } = await start({ 'registration.scopes': 'openid,email' })
    const plain = await tokens.create({ uses: 9, lifetime: day }, 'test')
    const wide = await tokens.create({ uses: 9, lifetime: day, scopes: ['notes:read'] }, 'test')
    expect((await register(plainDocument, plain.secret)).json.scope).toBe('openid email')
    expect((await register(plainDocument, wide.secret)).json.scope).toBe('notes:read')
    const asked = { ...plainDocument, scope: 'notes:read' }
    expect((await register(asked, wide.secret)).status).toBe(201)
    expect((await register(asked, plain.secret)).json).toMatchObject({
      error: 'invalid_client_metadata',
      error_description: expect.stringContaining('notes:read'),
    })
  })

  test('G11 no more by a change than when they registered', async () => {
    const { server, tokens, register, ask } = await start({ 'registration.scopes': 'openid,email' })
    const narrow = await tokens.create({ uses: 9, lifetime: day, scopes: ['openid', 'notes:read'] }, 'test')
    const plain = await tokens.create({ uses: 9, lifetime: day }, 'test')
    const scopeOf = async (made: Awaited<ReturnType<typeof register>>['json'], more: object) => {
      const { status, json } = await ask(made, 'PUT', { ...plainDocument, client_id: made.client_id, ...more })
      return status === 200 ? json.scope : json.error
    }
    const { json: few } = await register({ ...plainDocument, scope: 'openid' }, narrow.secret)
    expect(await scopeOf(few, { scope: 'openid email' })).toBe('invalid_client_metadata')
    expect(await scopeOf(few, { scope: 'openid notes:read' })).toBe('openid notes:read')
    expect(await scopeOf(few, {})).toBe('openid notes:read')
    const { json: usual } = await register({ ...plainDocument, scope: 'openid' }, plain.secret)
    expect(await scopeOf(usual, { scope: 'openid email' })).toBe('openid email')

    // Nobody knows any more what a token said that was revoked; one that has run out is known.
    server.clock.move(2 * day)
    expect(await scopeOf(few, { scope: 'openid' })).toBe('openid')
    expect(await scopeOf(few, {})).toBe('openid notes:read')
    await tokens.revoke(narrow.token.id, 'test')
    expect(await scopeOf(few, { scope: 'openid' })).toBe('openid')
    expect(await scopeOf(few, { scope: 'openid notes:read' })).toBe('invalid_client_metadata')
    expect(await scopeOf(few, {})).toBe('openid')
  })

  test('tokens for themselves only where their token says so', async () => {
    const { tokens, register, ask } = await start()
    const plain = await tokens.create({ uses: 9, lifetime: day }, 'test')
    const special = await tokens.create({ uses: 9, lifetime: day, clientCredentials: true }, 'test')
    expect((await register(service, plain.secret)).json.error).toBe('invalid_client_metadata')
    const { status, json: made } = await register(service, special.secret)
    expect(status).toBe(201)
    // What it has it keeps.
    expect((await ask(made, 'PUT', { ...service, client_id: made.client_id })).status).toBe(200)
  })
})

describe('how many', () => {
  test('so many from one address in a window', async () => {
    const { server, register } = await start({ 'registration.mode': 'open', 'registration.perAddress': '3' })
    for (const document of [plainDocument, {}, plainDocument]) await register(document)
    const { status, headers, json } = await register(plainDocument)
    expect([status, json.error]).toEqual([429, 'temporarily_unavailable'])
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    server.clock.move(15 * 60)
    expect((await register(plainDocument)).status).toBe(201)
  })

  test('so many in all, however many come at once', async () => {
    const flags = { 'registration.mode': 'open', 'registration.quota': '3' }
    const { server, register, ask } = await start(flags, { tamper: slowToCount })
    const { json: first } = await register(plainDocument)
    await register(plainDocument)
    const answers = await Promise.all(Array.from({ length: 8 }, () => register(plainDocument)))
    expect(answers.filter(({ status }) => status === 201).length).toBeLessThanOrEqual(1)
    expect(await server.stores.dynamicClients.count()).toBeLessThanOrEqual(3)
    while ((await server.stores.dynamicClients.count()) < 3) await register(plainDocument)
    expect((await register(plainDocument)).json.error).toBe('access_denied')
    await ask(first, 'DELETE')
    expect((await register(plainDocument)).status).toBe(201)
  })
})

describe('for how long', () => {
  test('as long as somebody uses them; an operator’s client stays', async () => {
    const { server, tokens, register } = await start({ 'registration.unusedAfter': '30d' })
    const { secret } = await tokens.create({ uses: 9, lifetime: day, clientCredentials: true }, 'test')
    const { json: used } = await register(service, secret)
    const { json: unused } = await register(service, secret)
    const operators = await server.clients.create({ name: 'Ours', redirectUris: ['https://ours.example/cb'] }, 'test')
    const { stores, clock } = server
    const audit = openAudit({ store: stores.audit, clock })
    const { work } = unusedClientsWork({ ...server, audit, announce: announcer(stores) })
    const purge = () => work(new AbortController().signal)
    const find = async (id: unknown) => (await stores.clients.find(String(id))) !== undefined

    clock.move(20 * day)
    await useClient(server, used)
    clock.move(10 * day - 60)
    await purge()
    expect([await find(used.client_id), await find(unused.client_id)]).toEqual([true, true])
    clock.move(120)
    await purge()
    expect([await find(used.client_id), await find(unused.client_id)]).toEqual([true, false])
    clock.move(20 * day)
    await purge()
    expect([await find(used.client_id), await find(operators.client.id)]).toEqual([false, true])
    const trail = await stores.audit.list({ clientId: String(unused.client_id) })
    expect(trail.map(({ event, actor }) => `${event} ${actor}`)).toEqual([
      `client.created client:${unused.client_id}`,
      'client.deleted system',
    ])
  })
})

/** Whatever a client proves itself for, it is in use. */
async function useClient({ issuer }: TestServer, made: Readonly<Record<string, unknown>>): Promise<void> {
  const headers = { authorization: `Basic ${btoa(`${made.client_id}:${made.client_secret}`)}` }
  const body = new URLSearchParams({ token: 'of somebody' })
  const { status } = await fetch(`${issuer}/introspect`, { method: 'POST', headers, body })
  expect(status).toBe(200)
}
