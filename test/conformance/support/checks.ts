import { createHash } from 'node:crypto'
import { createLocalJWKSet, type JWK, type JWTPayload, jwtVerify } from 'jose'
import { expect } from 'vitest'
import { type Json, type Op, readJson } from './op.ts'
import type { Answer, RelyingParty } from './relying-party.ts'
import type { HttpAnswer } from './requests.ts'

/** Members of a JWK that no published key may have (RFC 7517 §9.3, RFC 7518 §6). */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** Discovery and JWKS, as every module reads them first. Answers the document. */
export async function checkDiscovery(op: Op, method = 'client_secret_basic'): Promise<Json> {
  const metadata = await op.metadata()
  expect(metadata.issuer).toBe(op.issuer)
  expect(metadata.userinfo_endpoint).toEqual(expect.any(String))
  expect(metadata.token_endpoint_auth_methods_supported).toContain(method)
  checkJwks(await readJson(String(metadata.jwks_uri)))
  return metadata
}

/** Published keys: each has a `kid` of its own, a kind that clients know, and nothing private. */
export function checkJwks({ keys }: { readonly keys?: unknown }): void {
  const published = keys as readonly Json[]
  expect(published).not.toHaveLength(0)
  const kids = published.map(({ kid }) => kid)
  expect(kids.every((kid) => typeof kid === 'string' && kid !== '')).toBe(true)
  expect(new Set(kids).size).toBe(kids.length)
  for (const key of published) {
    expect(['RSA', 'EC', 'OKP']).toContain(key.kty)
    for (const member of privateMembers) expect(key).not.toHaveProperty(member)
  }
}

/** A registration by anybody, as it must be answered (RFC 7591 §3.2.1, RFC 7592 §3). */
export function checkRegistration({ issuer }: Op, { client }: RelyingParty): void {
  const { answer } = client
  if (Object.keys(answer).length === 0) return
  expect(answer.client_id).toEqual(expect.any(String))
  if ('client_secret' in answer) expect(answer.client_secret_expires_at).toEqual(expect.any(Number))
  const { registration_client_uri: uri, registration_access_token: token } = answer
  expect(uri === undefined).toBe(token === undefined)
  if (uri !== undefined) expect(new URL(String(uri)).origin).toBe(new URL(issuer).origin)
}

/** The answer of the authorization endpoint: where it stands, what is in it, and nothing that was not asked for. */
export function checkAnswer(op: Op, rp: RelyingParty, answer: Answer): void {
  const words = rp.responseType.split(' ')
  const mode = answer.asked.get('response_mode') ?? (rp.responseType === 'code' ? 'query' : 'fragment')
  expect(answer.from).toBe(mode)
  if (mode !== 'query') expect([...answer.query.keys()]).toEqual([...new URL(rp.redirectUri).searchParams.keys()])
  expect(answer.params.get('error')).toBeNull()
  checkEcho(op, rp, answer)
  expect(answer.params.has('code')).toBe(words.includes('code'))
  expect(answer.params.has('access_token')).toBe(words.includes('token'))
  expect(answer.params.has('id_token')).toBe(words.includes('id_token'))
  if (words.includes('code')) checkEntropy(answer.params.get('code') ?? '')
  if (words.includes('token')) {
    expect(answer.params.get('token_type')).toBe('Bearer')
    expect(Number(answer.params.get('expires_in'))).toBeGreaterThan(0)
  }
}

/** A refusal by redirect: the state as it came, a code of the list, and nothing besides (RFC 6749 §4.1.2.1). */
export function checkRefusal(op: Op, rp: RelyingParty, answer: Answer, codes: readonly string[]): void {
  checkEcho(op, rp, answer)
  expect(codes).toContain(answer.params.get('error'))
  const allowed = ['error', 'error_description', 'error_uri', 'state', 'session_state', 'iss']
  expect([...answer.params.keys()].filter((name) => !allowed.includes(name))).toEqual([])
  expect(answer.params.get('error_description') ?? '').toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/)
}

function checkEcho(op: Op, rp: RelyingParty, answer: Answer): void {
  const registered = new URL(rp.redirectUri)
  expect(answer.callback).toBe(registered.origin + registered.pathname)
  expect(answer.params.get('state')).toBe(answer.asked.get('state'))
  if (answer.params.has('iss')) expect(answer.params.get('iss')).toBe(op.issuer)
}

/** 128 bits at least, and more than 96 of them by Shannon's measure of the text itself. */
function checkEntropy(text: string): void {
  expect(text.length * 6).toBeGreaterThanOrEqual(128)
  const counts = new Map<string, number>()
  for (const sign of text) counts.set(sign, (counts.get(sign) ?? 0) + 1)
  const perSign = [...counts.values()].reduce((sum, count) => {
    const share = count / text.length
    return sum - share * Math.log2(share)
  }, 0)
  expect(perSign * text.length).toBeGreaterThan(96)
}

/** A token response that grants (RFC 6749 §5.1, Core §3.1.3.3). */
export function checkTokens(answer: HttpAnswer): void {
  expect(answer.status, answer.text).toBe(200)
  expect(answer.headers.get('cache-control')).toContain('no-store')
  expect(String(answer.json.token_type).toLowerCase()).toBe('bearer')
  expect(answer.json.expires_in).toEqual(expect.any(Number))
  expect(Number(answer.json.expires_in)).toBeGreaterThan(0)
  checkEntropy(String(answer.json.access_token))
}

/** A token response that refuses: 400 and JSON; 401 for `invalid_client` alone (RFC 6749 §5.2). */
export function checkTokenRefusal(answer: HttpAnswer, code: string): void {
  expect({ status: answer.status, error: answer.json.error }).toEqual({ status: 400, error: code })
  expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/)
}

/** What an ID token is verified against. */
export type Expected = {
  readonly nonce?: string | null
  readonly alg?: string
  readonly accessToken?: string | undefined
  readonly code?: string | undefined
  /** True at the authorization endpoint, where `at_hash` and `c_hash` are mandatory beside a token and a code. */
  readonly isFront?: boolean
}

/** What tokens of the provider are verified with: the keys that it publishes now. */
export async function publishedKeys(op: Op): Promise<ReturnType<typeof createLocalJWKSet>> {
  const { jwks_uri: address } = await op.metadata()
  const { keys } = (await readJson(String(address))) as { keys?: JWK[] }
  return createLocalJWKSet({ keys: keys ?? [] })
}

/** Verifies an ID token as the suite does (Core §3.1.3.7, §3.2.2.11, §3.3.2.12); answers its claims. */
export async function checkIdToken(op: Op, rp: RelyingParty, idToken: string, expected: Expected): Promise<JWTPayload> {
  const jwks = await publishedKeys(op)
  const { alg = 'RS256', nonce, accessToken, code, isFront = false } = expected
  const now = op.server.clock.now()
  const rules = { issuer: op.issuer, audience: rp.client.id, algorithms: [alg], currentDate: now }
  const { payload, protectedHeader } = await jwtVerify(idToken, jwks, rules)
  expect(protectedHeader.kid).toEqual(expect.any(String))
  expect(Math.abs(Number(payload.iat) - now.getTime() / 1000)).toBeLessThan(300)
  expect(payload.nonce).toBe(nonce ?? undefined)
  expect(payload.sub).toMatch(/^[\x21-\x7e]{1,255}$/)
  if ('auth_time' in payload) expect(payload.auth_time).toEqual(expect.any(Number))
  if ('acr' in payload) expect(payload.acr).toMatch(/./)
  checkHash(payload, 'at_hash', { of: accessToken, isFront })
  checkHash(payload, 'c_hash', { of: code, isFront })
  checkStandardClaims(payload)
  return payload
}

function checkHash(
  payload: JWTPayload,
  name: 'at_hash' | 'c_hash',
  { of, isFront }: { readonly of: string | undefined; readonly isFront: boolean },
): void {
  if (of === undefined) return
  if (isFront) expect(payload).toHaveProperty(name)
  if (!(name in payload)) return
  const digest = createHash('sha256').update(of).digest()
  expect(payload[name]).toBe(digest.subarray(0, 16).toString('base64url'))
}

/** Claims that are there have a value, and one of their type (Core §5.1, §5.3.2). */
function checkStandardClaims(claims: { readonly [name: string]: unknown }): void {
  for (const [name, value] of Object.entries(claims)) {
    expect(value, name).not.toBeNull()
    expect(value, name).not.toBe('')
    if (name === 'updated_at') expect(value).toEqual(expect.any(Number))
    else if (/_verified$/.test(name)) expect(value, name).toEqual(expect.any(Boolean))
    else if (name === 'address')
      expect(Object.values(value as Json).every((part) => typeof part === 'string')).toBe(true)
  }
}

/** Claims of a person that an ID token carries although nobody asked for them there. */
export function uninvited(payload: JWTPayload): readonly string[] {
  const own = ['iss', 'sub', 'aud', 'exp', 'iat', 'nbf', 'jti', 'azp', 'nonce', 'auth_time', 'acr', 'amr', 'sid']
  return Object.keys(payload).filter((name) => ![...own, 'at_hash', 'c_hash', 's_hash'].includes(name))
}

/** UserInfo: JSON with the subject of the ID token (Core §5.3.2). */
export function checkUserInfo(answer: HttpAnswer, sub: string): Json {
  expect(answer.status, answer.text).toBe(200)
  expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/)
  expect(answer.json.sub).toBe(sub)
  checkStandardClaims(answer.json)
  return answer.json
}
