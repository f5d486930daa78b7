import { createHash, randomBytes } from 'node:crypto'
import { aPerson, type Person } from '#test/support/person.ts'
import type { Answer, KnownClient, KnownUser, World } from './world.ts'

/** Parameters to change: undefined leaves one out, a list sends it several times. */
export type Changes = { readonly [name: string]: string | readonly string[] | undefined }

/** A code, and what its client keeps to redeem it. */
export type Granted = {
  readonly client: KnownClient
  readonly code: string
  readonly verifier: string
  readonly nonce: string
  readonly redirectUri: string
  readonly person: Person
  /** The redirect URI with the answer's parameters. */
  readonly answer: URL
}

/** What a sign-in handed out; empty where it did not. */
export type Tokens = {
  readonly client: KnownClient
  readonly person: Person
  readonly access: string
  readonly refresh: string
  readonly id: string
  readonly answer: Answer
}

/** A verifier and its challenge (RFC 7636 §4.1). */
export function pkce(): { readonly verifier: string; readonly challenge: string } {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** Parameters in the order given, with changes applied. */
export function parameters(base: Changes, changes: Changes = {}): URLSearchParams {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries({ ...base, ...changes })) {
    for (const one of [value ?? []].flat()) query.append(name, one)
  }
  return query
}

/** An honest authorization request, but for the changes. */
export function authorizeUrl(world: World, client: KnownClient, changes: Changes = {}): URL {
  const base = {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: client.redirectUri,
    scope: 'openid',
    state: 'a-state',
    nonce: 'a-nonce',
    code_challenge: pkce().challenge,
    code_challenge_method: 'S256',
  }
  const url = new URL('/authorize', world.issuer)
  url.search = parameters(base, changes).toString()
  return url
}

/** A person at a new browser. */
export function personOf(world: World, { username, password }: KnownUser): Person {
  return aPerson({ issuer: world.issuer, username, password })
}

/** The person's cookies for the provider, as a browser sends them; kept secret from the log. */
export function cookiesOf(world: World, person: Person): string {
  const cookies = person.browser.jar.header(new URL(world.issuer))
  world.keepSecret(...cookies.split('; ').map((cookie) => cookie.slice(cookie.indexOf('=') + 1)))
  return cookies
}

export type Asked = {
  readonly client?: KnownClient
  /** Who signs in; `u1` unless told. */
  readonly user?: KnownUser
  /** A person who is signed in already, perhaps. */
  readonly person?: Person
  /** Changes of the authorization request. */
  readonly changes?: Changes
}

/** Signs in and consents, and answers the code that the client was sent. */
export async function getCode(world: World, asked: Asked = {}): Promise<Granted> {
  const { client = world.c1, person = personOf(world, asked.user ?? world.u1), changes = {} } = asked
  const { verifier, challenge } = pkce()
  const nonce = randomBytes(8).toString('hex')
  const answer = await person.authorize(authorizeUrl(world, client, { code_challenge: challenge, nonce, ...changes }))
  const code = answer.searchParams.get('code')
  if (!code) throw new Error(`no code but ${answer.search}`)
  world.keepSecret(code, verifier)
  cookiesOf(world, person)
  const redirectUri = String(changes.redirect_uri ?? client.redirectUri)
  return { client, code, verifier, nonce, redirectUri, person, answer }
}

/** Posts a form as this client; without one, as nobody. */
export function postForm(world: World, path: string, fields: Changes, client?: KnownClient): Promise<Answer> {
  const { id, secret, method } = client ?? { id: undefined, secret: undefined, method: undefined }
  const isBasic = method === 'client_secret_basic'
  const own = isBasic || !client ? {} : { client_id: id, client_secret: secret || undefined }
  const headers: Record<string, string> = isBasic ? { authorization: basic(client?.id, client?.secret) } : {}
  return world.send(path, { method: 'POST', headers, body: parameters({ ...own, ...fields }) })
}

/** An `Authorization` header of the Basic scheme, both halves form-encoded (RFC 6749 §2.3.1). */
export function basic(id = '', secret = ''): string {
  return `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`
}

/** Redeems a code, as its client and honestly unless told otherwise. */
export function redeem(
  world: World,
  granted: Granted,
  { changes = {}, as = granted.client }: { readonly changes?: Changes; readonly as?: KnownClient } = {},
): Promise<Answer> {
  const { code, redirectUri: redirect_uri, verifier: code_verifier } = granted
  const honest = { grant_type: 'authorization_code', code, redirect_uri, code_verifier }
  return postForm(world, '/token', { ...honest, ...changes }, as)
}

/** A whole sign-in; throws where there are no tokens at its end. */
export async function signIn(world: World, asked: Asked = {}): Promise<Tokens> {
  const granted = await getCode(world, asked)
  const answer = await redeem(world, granted)
  if (answer.status !== 200) throw new Error(`no tokens but ${answer.status} ${answer.text}`)
  return { client: granted.client, person: granted.person, ...tokensOf(answer), answer }
}

/** The tokens of an answer; empty strings where there are none. */
export function tokensOf({ json }: Answer): { readonly access: string; readonly refresh: string; readonly id: string } {
  const read = (name: string) => (typeof json[name] === 'string' ? json[name] : '')
  return { access: read('access_token'), refresh: read('refresh_token'), id: read('id_token') }
}

/** Presents a refresh token. */
export function refresh(world: World, client: KnownClient, token: string, changes: Changes = {}): Promise<Answer> {
  return postForm(world, '/token', { grant_type: 'refresh_token', refresh_token: token, ...changes }, client)
}

/** A token of the client's own (`client_credentials`). */
export function clientToken(world: World, client: KnownClient, changes: Changes = {}): Promise<Answer> {
  return postForm(world, '/token', { grant_type: 'client_credentials', ...changes }, client)
}

/** Asks UserInfo with a bearer token. */
export function userInfo(world: World, token: string): Promise<Answer> {
  return world.send('/userinfo', { headers: { authorization: `Bearer ${token}` } })
}

/** Asks about a token. */
export function introspect(world: World, caller: KnownClient, token: string, changes: Changes = {}): Promise<Answer> {
  return postForm(world, '/introspect', { token, ...changes }, caller)
}

/** Revokes a token. */
export function revoke(world: World, caller: KnownClient, token: string, changes: Changes = {}): Promise<Answer> {
  return postForm(world, '/revoke', { token, ...changes }, caller)
}
