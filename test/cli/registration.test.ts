import { afterAll, beforeAll, expect, test } from 'vitest'
import { aMachine, type Machine, type Shape } from './machine.ts'

let machine: Machine
beforeAll(async () => {
  machine = await aMachine()
})
afterAll(() => machine.remove())

const tokens = ['registration', 'tokens']

test('a registration token is shown once, listed without itself, and taken back', async () => {
  const flags = ['--uses', '5', '--lifetime', '7d', '--scope', 'openid notes:read', '--client-credentials']
  const { code, out, err } = await machine.signet([...tokens, 'create', ...flags, '--json'])
  expect(code).toBe(0)
  expect(err).toContain('shown this once')
  const { token, ...made } = JSON.parse(out) as Shape & { created_at: string; expires_at: string }
  expect(token).toMatch(/^iat_[\w-]{43}$/)
  expect(made).toMatchObject({ uses_left: 5, scope: 'openid notes:read', client_credentials: true })
  expect(Date.parse(made.expires_at) - Date.parse(made.created_at)).toBe(7 * 86_400_000)

  const listed = await machine.signet([...tokens, 'list', '--json'])
  expect(JSON.parse(listed.out)).toEqual([made])
  expect(await machine.signet([...tokens, 'revoke', 'reg_unknown'])).toMatchObject({ code: 3, out: '' })
  expect(await machine.json([...tokens, 'revoke', String(made.id)])).toEqual({ id: made.id, revoked: true })
  expect(await machine.json([...tokens, 'list'])).toEqual([])
  const trail = await machine.signet(['audit', 'list', '--json'])
  expect(trail.out).toContain('registration_token.created')
  expect(trail.out).toContain('registration_token.revoked')
  expect(trail.out).not.toContain(String(token))
})

test.each([
  [['--uses', '0'], 2],
  [['--scope', 'a"b'], 2],
])('a token with %j is not made', async (flags, code) => {
  expect(await machine.signet([...tokens, 'create', ...flags])).toMatchObject({ code, out: '' })
})

const uris = ['--redirect-uri', 'https://photos.example/cb']
const details = [
  ...['--subject-type', 'pairwise', '--sector-identifier-uri', 'https://photos.example/sector'],
  ...['--userinfo-alg', 'RS256', '--request-object-alg', 'ES256', '--request-uri', 'https://photos.example/r'],
  ...['--jwks-uri', 'https://photos.example/keys', '--id-token-encryption-alg', 'RSA-OAEP-256'],
  ...[
    '--default-max-age',
    '1h',
    '--require-auth-time',
    '--default-acr-value',
    'aal1',
    '--contact',
    'ops@photos.example',
  ],
  ...['--initiate-login-uri', 'https://photos.example/login', '--software-id', 'photos', '--software-version', '1'],
  ...['--backchannel-logout-uri', 'https://photos.example/out', '--backchannel-logout-session-required'],
  ...['--frontchannel-logout-uri', 'https://photos.example/out'],
]

test('everything that OpenID Connect adds to a client can be said, shown and taken away', async () => {
  await machine.json(['clients', 'create', '--id', 'photos', '--name', 'Photos', ...uris, ...details])
  expect(await machine.json(['clients', 'show', 'photos'])).toMatchObject({
    response_types: ['code'],
    subject_type: 'pairwise',
    sector_identifier_uri: 'https://photos.example/sector',
    userinfo_signed_response_alg: 'RS256',
    request_object_signing_alg: 'ES256',
    request_uris: ['https://photos.example/r'],
    id_token_encrypted_response_alg: 'RSA-OAEP-256',
    id_token_encrypted_response_enc: 'A128CBC-HS256',
    default_max_age: 3600,
    require_auth_time: true,
    default_acr_values: ['aal1'],
    contacts: ['ops@photos.example'],
    initiate_login_uri: 'https://photos.example/login',
    software_id: 'photos',
    software_version: '1',
    backchannel_logout_uri: 'https://photos.example/out',
    backchannel_logout_session_required: true,
    frontchannel_logout_uri: 'https://photos.example/out',
    frontchannel_logout_session_required: false,
  })
  const gone = [
    '--id-token-encryption-alg',
    '',
    '--backchannel-logout-uri',
    '',
    '--request-uri',
    '',
    '--no-require-auth-time',
  ]
  const left = await machine.json(['clients', 'update', 'photos', ...gone])
  expect(left).toMatchObject({ require_auth_time: false, frontchannel_logout_uri: 'https://photos.example/out' })
  for (const name of ['id_token_encrypted_response_alg', 'backchannel_logout_uri', 'request_uris'])
    expect(left).not.toHaveProperty(name)
  const alone = ['clients', 'update', 'photos', '--backchannel-logout-session-required']
  expect(await machine.signet(alone)).toMatchObject({ code: 2 })
})
