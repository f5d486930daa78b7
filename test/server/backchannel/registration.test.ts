import { afterAll, describe, expect, test } from 'vitest'
import { aRegistrant, plainDocument } from '#test/support/registrant.ts'
import { aServer } from '#test/support/server.ts'

const server = await aServer({ flags: { 'registration.mode': 'open', 'registration.perAddress': '1000' } })
afterAll(() => server.close())
const { register, ask } = aRegistrant(server.issuer)

/** Everything that a web client can say of itself and that needs no document of its own. */
const full = {
  client_name: 'Photos',
  application_type: 'web',
  redirect_uris: ['https://photos.example/cb', 'https://photos.example/cb?x=1'],
  post_logout_redirect_uris: ['https://photos.example/bye'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  scope: 'openid profile offline_access',
  token_endpoint_auth_method: 'client_secret_post',
  jwks_uri: 'https://photos.example/keys',
  client_uri: 'https://photos.example/',
  logo_uri: 'https://photos.example/logo.png',
  policy_uri: 'https://photos.example/policy',
  tos_uri: 'https://photos.example/terms',
  contacts: ['ops@photos.example'],
  software_id: 'photos',
  software_version: '1.2.3',
  subject_type: 'pairwise',
  id_token_signed_response_alg: 'ES256',
  id_token_encrypted_response_alg: 'RSA-OAEP-256',
  id_token_encrypted_response_enc: 'A256GCM',
  userinfo_signed_response_alg: 'RS256',
  request_object_signing_alg: 'RS256',
  request_uris: ['https://photos.example/request#1'],
  default_max_age: 3600,
  require_auth_time: true,
  default_acr_values: ['aal1'],
  initiate_login_uri: 'https://photos.example/login',
  backchannel_logout_uri: 'https://photos.example/backchannel',
  backchannel_logout_session_required: true,
  frontchannel_logout_uri: 'https://photos.example/frontchannel',
  frontchannel_logout_session_required: false,
}

describe('a registration', () => {
  test('answers what was registered, and what the client is known by', async () => {
    const { status, headers, json } = await register(full)
    expect(status).toBe(201)
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(json).toEqual({
      ...full,
      client_id: expect.stringMatching(/^client_[\w-]{16}$/),
      client_id_issued_at: Math.floor(server.clock.now().getTime() / 1000),
      client_secret: expect.stringMatching(/^sec_[\w-]{43}$/),
      client_secret_expires_at: 0,
      registration_client_uri: `${server.issuer}/register/${json.client_id}`,
      registration_access_token: expect.stringMatching(/^rat_[\w-]{43}$/),
    })
  })

  test('fills in the defaults of RFC 7591 §2, and calls the client by its host', async () => {
    const { json } = await register(plainDocument)
    expect(json).toMatchObject({
      client_name: 'rp.example',
      application_type: 'web',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
      scope: 'openid profile email address phone offline_access',
    })
  })

  test.each(['none', 'private_key_jwt'])('a client with %s has no secret', async (method) => {
    const keys = { jwks_uri: 'https://rp.example/keys' }
    const { status, json } = await register({ ...plainDocument, ...keys, token_endpoint_auth_method: method })
    expect(status).toBe(201)
    expect(json).not.toHaveProperty('client_secret')
    expect(json).not.toHaveProperty('client_secret_expires_at')
  })

  test('null says nothing, and what is not known is passed over', async () => {
    const more = { client_name: null, 'client_name#ja': 'x', shoe_size: 42, 'logo_uri#de': 'javascript:alert(1)' }
    const { status, json } = await register({ ...plainDocument, ...more })
    expect(status).toBe(201)
    expect(json.client_name).toBe('rp.example')
    for (const name of Object.keys(more).slice(1)) expect(json).not.toHaveProperty([name])
  })

  const at = (uri: string) => ({ redirect_uris: [uri] })
  test.each([
    [{}, 'invalid_redirect_uri'],
    [{ redirect_uris: [] }, 'invalid_redirect_uri'],
    [at('https://rp.example/cb#f'), 'invalid_redirect_uri'],
    [at('http://rp.example/cb'), 'invalid_redirect_uri'],
    [{ redirect_uris: 'https://rp.example/cb' }, 'invalid_redirect_uri'],
    [{ redirect_uris: [1] }, 'invalid_redirect_uri'],
    [{ ...plainDocument, jwks: { keys: [] }, jwks_uri: 'https://rp.example/k' }, 'invalid_client_metadata'],
    [{ ...plainDocument, jwks: [] }, 'invalid_client_metadata'],
    [{ ...plainDocument, grant_types: ['password'] }, 'invalid_client_metadata'],
    [{ ...plainDocument, response_types: ['telepathy'] }, 'invalid_client_metadata'],
    [{ ...plainDocument, token_endpoint_auth_method: 'telepathy' }, 'invalid_client_metadata'],
    [{ ...plainDocument, token_endpoint_auth_method: 'private_key_jwt' }, 'invalid_client_metadata'],
    [
      { ...plainDocument, token_endpoint_auth_method: 'self_signed_tls_client_auth', jwks_uri: 'https://rp.example/k' },
      'invalid_client_metadata',
    ],
    [{ ...plainDocument, id_token_signed_response_alg: 'none' }, 'invalid_client_metadata'],
    [{ ...plainDocument, client_name: ['x'] }, 'invalid_client_metadata'],
    [{ ...plainDocument, default_max_age: '60' }, 'invalid_client_metadata'],
    [{ ...plainDocument, default_max_age: -1 }, 'invalid_client_metadata'],
    [{ ...plainDocument, require_auth_time: 'yes' }, 'invalid_client_metadata'],
    [{ ...plainDocument, initiate_login_uri: 'http://localhost/login' }, 'invalid_client_metadata'],
    [{ ...plainDocument, backchannel_logout_uri: 'https://10.0.0.1/out' }, 'invalid_client_metadata'],
    [{ ...plainDocument, frontchannel_logout_uri: 'javascript:alert(1)' }, 'invalid_client_metadata'],
    [{ ...plainDocument, frontchannel_logout_uri: 'https://elsewhere.example/out' }, 'invalid_client_metadata'],
    [{ ...plainDocument, frontchannel_logout_uri: 'https://rp.example:444/out' }, 'invalid_client_metadata'],
    [{ ...plainDocument, request_uris: ['http://rp.example/r'] }, 'invalid_client_metadata'],
    [{ ...plainDocument, request_uris: ['https://localhost/r'] }, 'invalid_client_metadata'],
    [{ ...plainDocument, scope: 'openid admin' }, 'invalid_client_metadata'],
    [
      { subject_type: 'pairwise', redirect_uris: ['https://a.example/cb', 'https://b.example/cb'] },
      'invalid_client_metadata',
    ],
    [{ ...plainDocument, software_statement: 'x' }, 'invalid_software_statement'],
    [{ ...plainDocument, software_statement: 'e30.e30.x' }, 'unapproved_software_statement'],
    ['[]', 'invalid_client_metadata'],
    ['"text"', 'invalid_client_metadata'],
    ['{"redirect_uris":', 'invalid_client_metadata'],
    [`${'['.repeat(30_000)}`, 'invalid_client_metadata'],
  ])('%j is refused with %s', async (document, error) => {
    const { status, headers, json } = await register(document)
    expect([status, json.error]).toEqual([400, error])
    expect(json.error_description).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
  })

  test('takes JSON and nothing else, and by POST alone', async () => {
    const body = new URLSearchParams({ client_name: 'x' })
    expect((await fetch(`${server.issuer}/register`, { method: 'POST', body })).status).toBe(415)
    const none = await fetch(`${server.issuer}/register`, { method: 'POST' })
    const refusal = (await none.json()) as Record<string, unknown>
    expect([none.status, refusal.error]).toEqual([400, 'invalid_client_metadata'])
    const put = await fetch(`${server.issuer}/register`, { method: 'PUT' })
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'POST'])
    const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
    expect((await fetch(`${server.issuer}/token`, json)).status).toBe(415)
  })
})

describe('its management', () => {
  test('reads what is registered; the secret is told no more', async () => {
    const { json: made } = await register(full)
    const { status, headers, json } = await ask(made, 'GET')
    const { client_secret: _secret, client_secret_expires_at: _at, ...rest } = made
    expect([status, json]).toEqual([200, rest])
    expect(headers.get('cache-control')).toBe('no-store')
  })

  test('replaces everything, with the token as it was', async () => {
    const { json: made } = await register(full)
    const id = { client_id: made.client_id, client_secret: made.client_secret }
    const { status, json } = await ask(made, 'PUT', { ...plainDocument, ...id, client_name: 'Other' })
    expect(status).toBe(200)
    expect(json).toMatchObject({ ...plainDocument, client_name: 'Other', subject_type: 'public' })
    expect(json.registration_access_token).toBe(made.registration_access_token)
    expect(json.token_endpoint_auth_method).toBe('client_secret_post')
    for (const gone of ['logo_uri', 'jwks_uri', 'contacts', 'default_max_age', 'backchannel_logout_uri'])
      expect(json).not.toHaveProperty(gone)
    expect((await ask(made, 'GET')).json).toEqual(json)
    const trail = await server.stores.audit.list({ clientId: String(made.client_id) })
    expect(trail.at(-1)).toMatchObject({
      event: 'client.updated',
      actor: `client:${made.client_id}`,
      address: '127.0.0.1',
    })
    expect(trail.at(-1)?.details.changed).toMatch(/^name .*logoUri/)
    expect(trail.at(-1)?.details.changed).not.toContain('applicationType')
  })

  test.each([
    [{ client_id: undefined }],
    [{ client_id: 'another' }],
    [{ registration_access_token: 'x' }],
    [{ registration_client_uri: 'x' }],
    [{ client_id_issued_at: 1 }],
    [{ client_secret_expires_at: 0 }],
    [{ client_secret: 'one of my own' }],
    [{ scope: 'openid admin' }],
    [{ grant_types: ['authorization_code', 'client_credentials'] }],
    [{ token_endpoint_auth_method: 'none' }],
  ])('a replacement with %j is refused and changes nothing', async (part) => {
    const { json: made } = await register(plainDocument)
    const { status, json } = await ask(made, 'PUT', { ...plainDocument, client_id: made.client_id, ...part })
    expect([status, json.error]).toEqual([400, 'invalid_client_metadata'])
    expect((await ask(made, 'GET')).json.client_name).toBe('rp.example')
  })

  test('deletes it, with its tokens; nothing is known of it afterwards', async () => {
    const { json: made } = await register(plainDocument)
    const { status, json } = await ask(made, 'DELETE')
    expect([status, json]).toEqual([204, {}])
    expect((await ask(made, 'DELETE')).status).toBe(401)
    expect((await ask(made, 'GET')).json.error).toBe('invalid_token')
    expect(await server.stores.clients.find(String(made.client_id))).toBeUndefined()
  })

  test('a wrong token, none, an unknown client and one of an operator are the same 401', async () => {
    const { json: made } = await register(plainDocument)
    const operators = await server.clients.create({ name: 'Ours', redirectUris: ['https://ours.example/cb'] }, 'test')
    const at = (id: unknown) => `${server.issuer}/register/${id}`
    const right = made.registration_access_token
    const attempts = [
      { registration_client_uri: at(made.client_id), registration_access_token: 'rat_wrong' },
      { registration_client_uri: at('client_unknown'), registration_access_token: right },
      { registration_client_uri: at(operators.client.id), registration_access_token: right },
      { registration_client_uri: at('%00'), registration_access_token: right },
    ]
    for (const method of ['GET', 'PUT', 'DELETE']) {
      for (const attempt of attempts) {
        const { status, headers, json } = await ask(attempt, method, method === 'PUT' ? {} : undefined)
        expect([status, json.error]).toEqual([401, 'invalid_token'])
        expect(headers.get('www-authenticate')).toContain('error="invalid_token"')
      }
      const { status, headers } = await ask({ registration_client_uri: at(made.client_id) }, method)
      expect([status, headers.get('www-authenticate')?.startsWith('Bearer ')]).toEqual([401, true])
    }
  })

  test('is over while an operator has turned the client off', async () => {
    const { json: made } = await register(plainDocument)
    await server.clients.disable(String(made.client_id), 'test')
    for (const method of ['GET', 'DELETE']) expect((await ask(made, method)).status).toBe(401)
    await server.clients.enable(String(made.client_id), 'test')
    expect((await ask(made, 'GET')).status).toBe(200)
  })

  test('is GET, PUT and DELETE', async () => {
    const { json: made } = await register(plainDocument)
    const { status, headers } = await ask(made, 'PATCH', {})
    expect([status, headers.get('allow')]).toEqual([405, 'DELETE, GET, HEAD, PUT'])
  })
})
