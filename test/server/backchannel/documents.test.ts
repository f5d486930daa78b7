import { createHash } from 'node:crypto'
import { allowInsecureRequests, discovery } from 'openid-client'
import { expect, test } from 'vitest'
import { aWorld, theWorld } from '#test/security/support/world.ts'
import { aServer } from '#test/support/server.ts'

const world = await theWorld()
const { issuer, server } = world
const jwksPath = '/.well-known/jwks.json'
const metadataPaths = ['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server']
const documents = [jwksPath, ...metadataPaths]

test.for(documents)('%s may be cached by anybody, and is not sent again where it is known', async (path) => {
  const first = await world.send(path)
  expect(first.status).toBe(200)
  expect(first.headers.get('content-type')).toBe('application/json; charset=utf-8')
  expect(first.headers.get('cache-control')).toBe('public, max-age=900')
  expect(first.headers.getSetCookie()).toEqual([])
  const etag = first.headers.get('etag') ?? ''
  expect(etag).toMatch(/^"[\w-]{43}"$/)
  for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const again = await world.send(path, { headers: { 'if-none-match': known } })
    expect({ status: again.status, text: again.text, etag: again.headers.get('etag') }).toEqual({
      status: 304,
      text: '',
      etag,
    })
    expect(again.headers.get('cache-control')).toBe('public, max-age=900')
  }
  for (const stale of ['"other"', 'W/"other"', etag.slice(1, -1), '']) {
    expect((await world.send(path, { headers: { 'if-none-match': stale } })).status, stale).toBe(200)
  }
})

test.for(documents)('%s answers HEAD like GET, without the body, and takes no other method', async (path) => {
  const head = await world.send(path, { method: 'HEAD' })
  const get = await world.send(path)
  expect({ status: head.status, text: head.text }).toEqual({ status: 200, text: '' })
  expect(head.headers.get('etag')).toBe(get.headers.get('etag'))
  expect(head.headers.get('content-length')).toBe(String(Buffer.byteLength(get.text)))
  for (const method of ['POST', 'PUT', 'DELETE']) {
    expect((await world.send(path, { method })).status, method).toBe(405)
  }
})

test.for(documents)('%s may be read by pages of any origin, without credentials', async (path) => {
  const answer = await world.send(path, { headers: { origin: 'https://anybody.test' } })
  expect(answer.headers.get('access-control-allow-origin')).toBe('*')
  expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
})

test.for(['/token', '/userinfo', '/revoke'])(
  '%s may be called by pages of registered apps, and by no others',
  async (path) => {
    const own = await aWorld({ flags: { 'cors.origins': 'https://listed.test' } })
    await own.server.clients.create(
      { name: 'SPA', redirectUris: ['https://spa.test/cb'], authenticationMethod: 'none' },
      'test',
    )
    const preflight = (origin: string) =>
      own.send(path, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
      })
    for (const origin of ['https://spa.test', 'https://listed.test', 'https://c1.test']) {
      const allowed = await preflight(origin)
      expect(allowed.status, origin).toBe(204)
      expect(allowed.headers.get('access-control-allow-origin'), origin).toBe(origin)
      expect(allowed.headers.get('access-control-allow-headers')?.toLowerCase(), origin).toContain('authorization')
      expect(allowed.headers.get('access-control-allow-credentials'), origin).toBeNull()
      expect(allowed.headers.get('vary')?.toLowerCase(), origin).toContain('origin')
      const real = await own.send(path, { method: 'POST', headers: { origin } })
      expect(real.headers.get('access-control-allow-origin'), origin).toBe(origin)
      expect(real.headers.get('access-control-expose-headers')?.toLowerCase()).toContain('www-authenticate')
    }
    for (const origin of [
      'https://evil.test',
      'https://spa.test.evil.test',
      'https://spa.test:444',
      'http://spa.test',
      'null',
      'https://SPA.test',
    ]) {
      expect((await preflight(origin)).headers.get('access-control-allow-origin'), origin).toBeNull()
      const real = await own.send(path, { method: 'POST', headers: { origin } })
      expect(real.headers.get('access-control-allow-origin'), origin).toBeNull()
    }
    own.check()
    await own.close()
  },
)

test.for(['/introspect', '/authorize', '/login', '/logout'])('%s is for no page of another origin', async (path) => {
  for (const origin of ['https://c1.test', 'https://evil.test', issuer]) {
    for (const method of ['OPTIONS', 'GET', 'POST']) {
      const answer = await world.send(path, { method, headers: { origin, 'access-control-request-method': 'POST' } })
      expect(answer.headers.get('access-control-allow-origin'), `${method} from ${origin}`).toBeNull()
    }
  }
})

test('the metadata names what is wired, at addresses that answer, and nothing else', async () => {
  const { json } = await world.send('/.well-known/openid-configuration')
  expect(json).toEqual((await world.send('/.well-known/oauth-authorization-server')).json)
  expect(json).toMatchObject({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}${jwksPath}`,
    introspection_endpoint: `${issuer}/introspect`,
    revocation_endpoint: `${issuer}/revoke`,
    end_session_endpoint: `${issuer}/logout`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    subject_types_supported: ['public', 'pairwise'],
  })
  expect(new Set(json.grant_types_supported as string[])).toEqual(
    new Set(['authorization_code', 'refresh_token', 'client_credentials']),
  )
  for (const [name, value] of Object.entries(json)) {
    if (!/_endpoint$|_uri$/.test(name)) continue
    const answer = await world.send(String(value))
    expect(answer.status, name).not.toBe(404)
  }
  // A MAC with a client's own secret is an algorithm of what the client signs, and of nothing that we sign.
  const theirs = /_endpoint_auth_signing_alg_values_supported$|^request_object_signing_alg_values_supported$/
  const ours = Object.entries(json).filter(([name]) => !theirs.test(name))
  expect(JSON.stringify(ours)).not.toMatch(/none"\s*,\s*"RS256|"HS256"|"plain"|"RS256","none"/)
  for (const [name, algs] of Object.entries(json)) if (name.includes('_alg_')) expect(algs, name).not.toContain('none')
})

test('a stranger discovers the provider by either document', async () => {
  for (const algorithm of ['oidc', 'oauth2'] as const) {
    const found = await discovery(new URL(issuer), 'c1', undefined, undefined, {
      algorithm,
      execute: [allowInsecureRequests],
    })
    expect(found.serverMetadata().issuer).toBe(issuer)
  }
})

test('a key that joins changes the JWKS and its tag; the same ring is the same bytes', async () => {
  const { changeRing } = await import('#core/keys/change-ring.ts')
  const { rotate } = await import('#core/keys/rotate.ts')
  const { ringKeySettings } = await import('#idp/ring-settings.ts')
  const [first, again] = [await world.send(jwksPath), await world.send(jwksPath)]
  expect(again.text).toBe(first.text)
  expect(first.headers.get('etag')).toBe(`"${createHash('sha256').update(first.text).digest('base64url')}"`)
  const occasion = { alg: 'ES256', now: server.clock.now(), settings: ringKeySettings(server.config) } as const
  await changeRing(server.stores.keys, (ring) => rotate(ring, occasion))
  await server.ring.refresh()
  const etag = first.headers.get('etag') ?? ''
  const next = await world.send(jwksPath, { headers: { 'if-none-match': etag } })
  expect(next.status).toBe(200)
  expect(JSON.parse(next.text).keys).toHaveLength(JSON.parse(first.text).keys.length + 1)
})

test('an issuer with a path has its metadata at both forms (RFC 8414 §3.1)', async () => {
  const { freePorts } = await import('#test/support/free-ports.ts')
  const [port = 0] = await freePorts(1)
  const own = await aServer({ flags: { 'listen.port': String(port), issuer: `http://localhost:${port}/id` } })
  const base = `http://localhost:${port}`
  for (const path of [
    '/id/.well-known/openid-configuration',
    '/.well-known/openid-configuration/id',
    '/id/.well-known/oauth-authorization-server',
    '/.well-known/oauth-authorization-server/id',
  ]) {
    const answer = await fetch(base + path)
    expect(answer.status, path).toBe(200)
    expect(await answer.json(), path).toMatchObject({ issuer: `${base}/id`, token_endpoint: `${base}/id/token` })
  }
  expect((await fetch(`${base}/id/.well-known/jwks.json`)).status).toBe(200)
  expect((await fetch(`${base}/token`, { method: 'POST' })).status).toBe(404)
  await own.close()
})
