/** What an answer of the authorization endpoint may hold besides a code. */
export type FrontChannelTokens = 'off' | 'id_token' | 'all'

/** What a client asks the authorization endpoint for; the words in alphabetical order. */
export type ResponseType =
  | 'code'
  | 'id_token'
  | 'id_token token'
  | 'code id_token'
  | 'code token'
  | 'code id_token token'

/** Without `token` alone: nothing would say for whom that token was made (RFC 9700 §2.1.2). */
const responseTypes: readonly ResponseType[] = [
  'code',
  'id_token',
  'id_token token',
  'code id_token',
  'code token',
  'code id_token token',
]

export type AnswerParts = { readonly code: boolean; readonly idToken: boolean; readonly token: boolean }

/** What the answer to a response type holds (OpenID Connect Core §3, OAuth 2.0 Multiple Response Types). */
export function partsOf(type: ResponseType): AnswerParts {
  const words = type.split(' ')
  return { code: words.includes('code'), idToken: words.includes('id_token'), token: words.includes('token') }
}

/** Whether the answer itself holds tokens, and not a code alone. */
export function holdsTokens(type: ResponseType): boolean {
  const { idToken, token } = partsOf(type)
  return idToken || token
}

/** The response types that are spoken where these tokens may be handed out. */
export function responseTypesWith(tokens: FrontChannelTokens): readonly ResponseType[] {
  if (tokens === 'all') return responseTypes
  return responseTypes.filter((type) => type === 'code' || (tokens === 'id_token' && !partsOf(type).token))
}

/** Reads a `response_type`, whose words may stand in any order (Multiple Response Types §3); undefined for no known one. */
export function readResponseType(text: string): ResponseType | undefined {
  const sorted = text.split(' ').toSorted().join(' ')
  return responseTypes.find((type) => type === sorted)
}

/** The grants that a client needs for a response type (OpenID Connect Registration §2). */
export function grantsOf(type: ResponseType): readonly string[] {
  return [...(partsOf(type).code ? ['authorization_code'] : []), ...(holdsTokens(type) ? ['implicit'] : [])]
}
