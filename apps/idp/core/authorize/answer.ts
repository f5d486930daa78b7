import type { OAuthErrorCode } from '../oauth/error.ts'
import type { Party } from './identify-party.ts'

/** How the answer reaches the client: by a redirect, or by a form that the browser posts. */
export type AuthorizationAnswer =
  | { readonly mode: 'redirect'; readonly location: string }
  | { readonly mode: 'form_post'; readonly action: string; readonly fields: ReadonlyMap<string, string> }

/** What a client is given: a code, tokens, or both, by their names in the answer. */
export type AnswerParameters = { readonly [name: string]: string }

export type AnswerContent =
  | { readonly parameters: AnswerParameters }
  | { readonly error: OAuthErrorCode; readonly description: string }

/** Where an answer goes, as a stored request and a fresh one both know it. */
export type AnswerTarget = Pick<Party, 'state' | 'responseMode'> & {
  readonly redirectUri: string
  /** What tells the client whether the sign-in has changed (Session Management 1.0 §2); undefined without `openid`. */
  readonly sessionState?: string | undefined
}

/** Builds the authorization response; every one carries `iss` (RFC 9207 §2) and the state as it came. */
export function answer(target: AnswerTarget, issuer: string, content: AnswerContent): AuthorizationAnswer {
  const fields = new Map('parameters' in content ? Object.entries(content.parameters) : [])
  if ('error' in content) fields.set('error', content.error).set('error_description', content.description)
  if (target.state !== undefined) fields.set('state', target.state)
  fields.set('iss', issuer)
  if (target.sessionState !== undefined) fields.set('session_state', target.sessionState)
  if (target.responseMode === 'form_post') return { mode: 'form_post', action: target.redirectUri, fields }
  if (target.responseMode === 'query') return { mode: 'redirect', location: withQuery(target.redirectUri, fields) }
  return { mode: 'redirect', location: `${target.redirectUri}#${encode(fields)}` }
}

/** Adds parameters to a URI, keeping the query it was registered with (RFC 6749 §3.1.2). */
export function withQuery(uri: string, fields: Iterable<readonly [string, string]>): string {
  const query = encode(fields)
  if (query === '') return uri
  return `${uri}${uri.includes('?') ? '&' : '?'}${query}`
}

function encode(fields: Iterable<readonly [string, string]>): string {
  return new URLSearchParams([...fields].map(([name, value]): [string, string] => [name, value])).toString()
}
