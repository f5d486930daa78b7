import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aSecureServer, type SecureServer } from '#test/support/secure-server.ts'
import { checkJwks } from './support/checks.ts'
import { frontChannel, openRegistration } from './support/flags.ts'
import { metadataMembers } from './support/metadata-members.ts'
import { type Json, readJson } from './support/op.ts'

/** As it comes, and as the Dynamic plan wants it: open to clients that register themselves, with every response type. */
const providers: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['as it comes', {}],
  ['with registration', { ...openRegistration, ...frontChannel }],
]

describe.each(providers)('Config: oidcc-config-certification-test-plan, %s', (how, flags) => {
  let server: SecureServer
  let document: Json
  const texts = (name: string) => document[name] as readonly string[]

  beforeAll(async () => {
    server = await aSecureServer({ flags })
    document = await readJson(`${server.issuer}/.well-known/openid-configuration`)
  })
  afterAll(() => server.close())

  test('oidcc-discovery-endpoint-verification: the issuer is an https URL, and the one that the document came from', () => {
    expect(document.issuer).toBe(server.issuer)
    expect(new URL(server.issuer)).toMatchObject({ protocol: 'https:', search: '', hash: '' })
  })

  test('oidcc-discovery-endpoint-verification: every member is registered and of its kind', () => {
    for (const [name, value] of Object.entries(document))
      expect([name, kindOf(value)]).toEqual([name, expectedKind(name)])
  })

  test('oidcc-discovery-endpoint-verification: endpoints and jwks_uri are https', () => {
    const addresses = Object.entries(document).filter(([name]) => /(_endpoint|_iframe|_uri)$/.test(name))
    expect(addresses.map(([name]) => name)).toEqual(
      expect.arrayContaining(['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri']),
    )
    for (const [name, value] of addresses)
      expect([name, String(value)]).toEqual([name, expect.stringMatching(/^https:/)])
  })

  test('oidcc-discovery-endpoint-verification: keys have a kid of their own and nothing private', async () => {
    checkJwks(await readJson(String(document.jwks_uri)))
  })

  test('oidcc-discovery-endpoint-verification: subjects, algorithms, scopes, claims and grants are said', () => {
    expect(texts('subject_types_supported')).toContain('public')
    expect(texts('id_token_signing_alg_values_supported')).toContain('RS256')
    expect(texts('id_token_signing_alg_values_supported')).not.toContain('none')
    for (const name of ['userinfo_signing_alg_values_supported', 'request_object_signing_alg_values_supported'])
      if (name in document) expect(texts(name)).toContain('RS256')
    expect(texts('scopes_supported')).toContain('openid')
    expect(texts('code_challenge_methods_supported')).toEqual(['S256'])
    expect(texts('claims_supported')).toEqual(expect.arrayContaining(['sub', 'name', 'email', 'auth_time', 'acr']))
    expect(texts('grant_types_supported')).toEqual(expect.arrayContaining(['authorization_code', 'refresh_token']))
    expect(texts('response_types_supported')).toContain('code')
    if (how !== 'with registration') return
    expect(document.registration_endpoint).toBe(`${server.issuer}/register`)
    expect(texts('response_types_supported')).toEqual(expect.arrayContaining(['code', 'id_token', 'id_token token']))
    expect(texts('grant_types_supported')).toContain('implicit')
  })

  test('oidcc-discovery-endpoint-verification: locales are language tags in their canonical form', () => {
    const locales = [...texts('ui_locales_supported'), ...(texts('claims_locales_supported') ?? [])]
    expect(Intl.getCanonicalLocales(locales)).toEqual(locales)
  })

  test('oidcc-rp-initiated-logout-discovery-endpoint-verification: there is an end_session_endpoint, on https', () => {
    expect(document.end_session_endpoint).toBe(`${server.issuer}/logout`)
  })

  test('oidcc-backchannel-logout-discovery-endpoint-verification: the back channel is offered, with sessions', () => {
    const said = { backchannel_logout_supported: true, backchannel_logout_session_supported: true }
    expect(document).toMatchObject({ ...said, end_session_endpoint: expect.stringMatching(/^https:/) })
  })

  test('oidcc-frontchannel-logout-discovery-endpoint-verification: the front channel is offered, with sessions', () => {
    const said = { frontchannel_logout_supported: true, frontchannel_logout_session_supported: true }
    expect(document).toMatchObject({ ...said, end_session_endpoint: expect.stringMatching(/^https:/) })
  })

  test('oidcc-session-management-discovery-endpoint-verification: there is a check_session_iframe, on https', () => {
    expect(document.check_session_iframe).toBe(`${server.issuer}/session/check`)
    expect(document.end_session_endpoint).toBe(`${server.issuer}/logout`)
  })

  test('oidcc-discovery-endpoint-verification: RFC 8414 readers find the same document', async () => {
    expect(await readJson(`${server.issuer}/.well-known/oauth-authorization-server`)).toEqual(document)
  })
})

function expectedKind(name: string): string {
  return metadataMembers[name] ?? 'a registered member'
}

function kindOf(value: unknown): string {
  if (Array.isArray(value))
    return value.length > 0 && value.every((each) => typeof each === 'string') ? 'texts' : 'empty'
  if (typeof value === 'string') return URL.canParse(value) ? 'url' : 'text'
  return typeof value
}
