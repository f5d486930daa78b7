import type { OAuthErrorCode } from '../oauth/error.ts'
import type { Party } from './identify-party.ts'

/** How the answer reaches the client: by a redirect, or by a form that the browser posts. */
export type AuthorizationAnswer =
  | { readonly mode: 'query'; readonly location: string }
  | { readonly mode: 'form_post'; readonly action: string; readonly fields: ReadonlyMap<string, string> }

export type AnswerContent = { readonly code: string } | { readonly error: OAuthErrorCode; readonly description: string }

/** Where an answer goes, as a stored request and a fresh one both know it. */
export type AnswerTarget = Pick<Party, 'state' | 'responseMode'> & { readonly redirectUri: string }

/** Builds the authorization response; every one carries `iss` (RFC 9207 §2) and the state as it came. */
export function answer(target: AnswerTarget, issuer: string, content: AnswerContent): AuthorizationAnswer {
  const fields = new Map<string, string>()
  if ('code' in content) fields.set('code', content.code)
  else fields.set('error', content.error).set('error_description', content.description)
  if (target.state !== undefined) fields.set('state', target.state)
  fields.set('iss', issuer)
  if (target.responseMode === 'form_post') return { mode: 'form_post', action: target.redirectUri, fields }
  return { mode: 'query', location: withQuery(target.redirectUri, fields) }
}

/** Adds parameters to a URI, keeping the query it was registered with (RFC 6749 §3.1.2). */
export function withQuery(uri: string, fields: Iterable<readonly [string, string]>): string {
  const query = new URLSearchParams([...fields].map(([name, value]): [string, string] => [name, value])).toString()
  if (query === '') return uri
  return `${uri}${uri.includes('?') ? '&' : '?'}${query}`
}
