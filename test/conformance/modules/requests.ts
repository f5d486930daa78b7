import { createHash, randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { checkIdToken, checkRefusal, checkTokenRefusal, checkTokens } from '../support/checks.ts'
import { demand, readAnswer } from '../support/relying-party.ts'
import { visibleText } from '../support/scripted-browser.ts'
import { complete, type Module, type Stage } from '../support/stage.ts'

/** How a request may be made and where it may lead: response types, redirect URIs, codes, request objects, claims, PKCE. */
export const requestModules: { readonly [module: string]: Module } = {
  'oidcc-response-type-missing': {
    asserts: 'without response_type: a redirect with invalid_request or unsupported_response_type, no page',
    check: async ({ op, rp, browser, run }) => {
      const answer = await rp.answered(browser, { response_type: undefined })
      checkRefusal(op, rp, answer, ['invalid_request', 'unsupported_response_type'])
      expect(answer.from).toBe(run.responseMode === 'form_post' ? 'form_post' : 'query')
    },
  },
  'oidcc-ensure-registered-redirect-uri': {
    asserts:
      'a redirect URI that is not registered: a page that says invalid_request and redirect_uri, never a redirect',
    check: async ({ rp, browser }) => {
      const outcome = await rp.authorize(browser, {
        redirect_uri: `${rp.redirectUri}/${randomBytes(8).toString('hex')}`,
      })
      if ('params' in outcome) throw new Error(`led to ${outcome.callback}`)
      expect(outcome.status).toBe(400)
      expect(visibleText(outcome)).toMatch(/invalid_request.*redirect_uri/)
    },
  },
  'oidcc-ensure-post-request-succeeds': {
    asserts: 'an authorization request in a form is taken as one in a query is',
    check: async ({ op, rp, browser }) => {
      const body = rp.request()
      const visit = await browser.visit(`${op.issuer}/authorize`, { method: 'POST', body })
      await complete(op, rp, demand(readAnswer(body, visit)))
    },
  },
  'oidcc-codereuse': {
    asserts: 'a code that was redeemed is refused: 400 invalid_grant',
    check: async ({ rp, pass }) => {
      const { answer } = await pass()
      checkTokenRefusal(await rp.redeem(answer.params.get('code') ?? ''), 'invalid_grant')
    },
  },
  'oidcc-codereuse-30seconds': {
    asserts: 'a code that comes back after 30 s is refused, and takes the access token of its first use with it',
    check: async ({ op, rp, pass }) => {
      const { answer, accessToken = '' } = await pass()
      op.server.clock.move(30)
      expect((await rp.userInfo(accessToken)).status).toBe(200)
      checkTokenRefusal(await rp.redeem(answer.params.get('code') ?? ''), 'invalid_grant')
      expect((await rp.userInfo(accessToken)).status).toBe(401)
    },
  },
  'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported': {
    asserts:
      'unsigned request objects are not offered, and a request_uri that is not registered is refused, not ignored',
    check: async (stage) => {
      const codes = ['request_uri_not_supported', 'invalid_request_uri', 'invalid_request']
      await refusesObject(stage, { request_uri: 'https://suite.test/request.jwt' }, codes)
    },
  },
  'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported': {
    asserts: 'an unsigned request object is refused, not ignored',
    check: async (stage) => {
      const request = unsignedObject({ ...Object.fromEntries(stage.rp.request()), iss: stage.rp.client.id })
      await refusesObject(stage, { request }, ['request_not_supported', 'invalid_request_object', 'invalid_request'])
    },
  },
  'oidcc-ensure-request-object-with-redirect-uri': {
    asserts: 'a redirect_uri inside an unsigned object does not count: the bad one outside ends on a page',
    check: async ({ metadata, rp, browser }) => {
      expect(metadata.request_object_signing_alg_values_supported ?? []).not.toContain('none')
      const request = unsignedObject(Object.fromEntries(rp.request()))
      const outcome = await rp.authorize(browser, { request, redirect_uri: `${rp.redirectUri}/other` })
      if ('params' in outcome) throw new Error(`led to ${outcome.callback}`)
      expect(visibleText(outcome)).toMatch(/invalid_request.*redirect_uri/)
    },
  },
  'oidcc-claims-essential': {
    asserts: 'an essential claim is delivered where it was asked for, and nowhere else',
    check: async ({ rp, pass, metadata }) => {
      expect(metadata.claims_parameter_supported).toBe(true)
      const place = rp.responseType === 'id_token' ? 'id_token' : 'userinfo'
      const { person, claims } = await pass({ claims: JSON.stringify({ [place]: { name: { essential: true } } }) })
      expect(person).toHaveProperty('name')
      if (place === 'userinfo') expect(claims).not.toHaveProperty('name')
    },
  },
  'oidcc-refresh-token': {
    asserts: 'a refresh token brings fresh tokens of the same sign-in, and is of no use to another client',
    check: refreshes,
  },
  'oidcc-ensure-request-with-valid-pkce-succeeds': {
    asserts: 'a code bound to an S256 challenge is redeemed with its verifier',
    check: async ({ op, rp, browser }) => {
      const verifier = randomBytes(32).toString('base64url')
      const challenge = createHash('sha256').update(verifier).digest('base64url')
      const changes = { code_challenge: challenge, code_challenge_method: 'S256' }
      const answer = await rp.answered(browser, changes)
      const redeem: typeof rp.redeem = (code) => rp.redeem(code, { code_verifier: verifier })
      await complete(op, { ...rp, redeem }, answer)
    },
  },
}

async function refusesObject(
  { op, metadata, rp, browser }: Stage,
  changes: { readonly [name: string]: string },
  codes: readonly string[],
): Promise<void> {
  expect(metadata.request_object_signing_alg_values_supported ?? []).not.toContain('none')
  checkRefusal(op, rp, await rp.answered(browser, changes), codes)
}

function unsignedObject(claims: { readonly [name: string]: unknown }): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part(claims)}.`
}

async function refreshes({ op, metadata, run, client, pass }: Stage): Promise<void> {
  expect(metadata.grant_types_supported).toContain('refresh_token')
  const changes = { scope: 'openid offline_access', prompt: 'consent' }
  const grants = ['authorization_code', 'refresh_token', ...(run.responseType === 'code' ? [] : ['implicit'])]
  const rp = await client({ metadata: { grant_types: grants } })
  const first = await pass(changes, rp)
  const refreshToken = String(first.tokens?.json.refresh_token)
  op.server.clock.move(1)
  const fresh = await rp.token({ grant_type: 'refresh_token', refresh_token: refreshToken })
  checkTokens(fresh)
  const before = first.claims
  // Without a nonce: it belongs to one authentication (Core §12.2).
  const claims = await checkIdToken(op, rp, String(fresh.json.id_token), {})
  const { iss, sub, aud, azp, auth_time } = before
  expect(claims).toMatchObject({ iss, sub, aud, ...(azp !== undefined && { azp }), auth_time })
  expect(claims.iat).toBeGreaterThan(Number(before.iat))
  const other = await client({ metadata: { grant_types: grants } })
  const second = await pass(changes, other)
  const stolen = String(second.tokens?.json.refresh_token)
  checkTokenRefusal(await rp.token({ grant_type: 'refresh_token', refresh_token: stolen }), 'invalid_grant')
}
