import { createHash, randomBytes } from 'node:crypto'
import type { Person } from '#test/support/person.ts'

/** What a confidential client knows of itself. */
export type Credentials = {
  readonly id: string
  readonly secret: string
  readonly redirectUri: string
  /** Where people come back to after signing out. */
  readonly returnTo: string
}

/** An answer of the server, or none: the connection broke before it was whole, so what happened is not known. */
export type Reply =
  | { readonly outcome: 'answered'; readonly status: number; readonly json: Readonly<Record<string, unknown>> }
  | { readonly outcome: 'unknown' }

/** A code, and what it takes to redeem it. */
export type Code = { readonly code: string; readonly verifier: string }

/** A relying party that speaks plain HTTP and never retries by itself. */
export type App = {
  readonly credentials: Credentials
  /** An authorization request and the verifier that its code will need. */
  ask(scope: string, more?: Readonly<Record<string, string>>): { readonly url: URL; readonly verifier: string }
  /** Asks by `prompt=none`: the code, or the error that was answered. */
  askSilently(person: Person, scope: string, more?: Readonly<Record<string, string>>): Promise<Code | string>
  redeem(code: Code): Promise<Reply>
  refresh(token: string): Promise<Reply>
  revoke(token: string): Promise<Reply>
  introspect(token: string): Promise<Reply>
  ownToken(scope: string): Promise<Reply>
  logoutUrl(idToken: string): URL
}

/** An app with these credentials at this server. */
export function anApp(issuer: string, credentials: Credentials): App {
  const { id, secret, redirectUri, returnTo } = credentials
  const authorization = `Basic ${btoa(`${id}:${secret}`)}`

  async function post(path: string, fields: Readonly<Record<string, string>>): Promise<Reply> {
    try {
      const body = new URLSearchParams(fields)
      const response = await fetch(issuer + path, { method: 'POST', headers: { authorization }, body })
      const text = await response.text()
      return { outcome: 'answered', status: response.status, json: text === '' ? {} : JSON.parse(text) }
    } catch {
      return { outcome: 'unknown' }
    }
  }

  function ask(scope: string, more: Readonly<Record<string, string>> = {}) {
    const verifier = randomBytes(32).toString('base64url')
    const url = new URL('/authorize', issuer)
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    const request = { response_type: 'code', client_id: id, redirect_uri: redirectUri, scope, state: 'a-state' }
    url.search = `${new URLSearchParams({ ...request, code_challenge: challenge, code_challenge_method: 'S256', ...more })}`
    return { url, verifier }
  }

  return {
    credentials,
    ask,
    async askSilently({ browser }, scope, more = {}) {
      const { url, verifier } = ask(scope, { prompt: 'none', ...more })
      const page = await browser.open(url)
      if (!page.left) return `a page with ${page.status}: ${page.title}`
      const code = page.url.searchParams.get('code')
      return code ? { code, verifier } : (page.url.searchParams.get('error') ?? 'neither code nor error')
    },
    redeem: ({ code, verifier }) =>
      post('/token', { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier }),
    refresh: (token) => post('/token', { grant_type: 'refresh_token', refresh_token: token }),
    revoke: (token) => post('/revoke', { token }),
    introspect: (token) => post('/introspect', { token }),
    ownToken: (scope) => post('/token', { grant_type: 'client_credentials', scope }),
    logoutUrl(idToken) {
      const url = new URL('/logout', issuer)
      url.search = `${new URLSearchParams({ id_token_hint: idToken, post_logout_redirect_uri: returnTo })}`
      return url
    },
  }
}

/** The tokens of an answer; empty strings where there are none. */
export function tokensOf(reply: Reply): { readonly access: string; readonly refresh: string; readonly id: string } {
  const json = reply.outcome === 'answered' ? reply.json : {}
  const read = (name: string) => (typeof json[name] === 'string' ? json[name] : '')
  return { access: read('access_token'), refresh: read('refresh_token'), id: read('id_token') }
}

/** Whether an answer came with this status. */
export function isStatus(reply: Reply, status: number): boolean {
  return reply.outcome === 'answered' && reply.status === status
}
