import { holdsTokens, type ResponseType } from '../oauth/response-type.ts'

/** How the answer reaches the client: in its address, behind the `#` of it, or by a form that the browser posts. */
export type ResponseMode = 'query' | 'fragment' | 'form_post'

/** The modes that are spoken beside these response types: no fragment where no token is ever answered. */
export function responseModesWith(types: readonly ResponseType[]): readonly ResponseMode[] {
  return types.some(holdsTokens) ? ['query', 'fragment', 'form_post'] : ['query', 'form_post']
}

/** Where the answer to a response type goes unless the client says otherwise (Multiple Response Types §3, §5). */
export function defaultResponseMode(type: ResponseType | undefined): ResponseMode {
  return type && holdsTokens(type) ? 'fragment' : 'query'
}

export type ModeQuestion = {
  readonly asked: string
  readonly type: ResponseType | undefined
  /** The response types that are spoken. */
  readonly types: readonly ResponseType[]
  readonly redirectUri: string
}

/**
 * The mode that a client asks for; undefined where it is not spoken, where it would put a token into a query, which
 * servers log and send on (Multiple Response Types §3), or where no form can be posted: a private scheme is no web address.
 */
export function readResponseMode({ asked, type, types, redirectUri }: ModeQuestion): ResponseMode | undefined {
  const mode = responseModesWith(types).find((known) => known === asked)
  if (mode === 'query' && type && holdsTokens(type)) return undefined
  return mode === 'form_post' && !/^https?:/.test(redirectUri) ? undefined : mode
}
