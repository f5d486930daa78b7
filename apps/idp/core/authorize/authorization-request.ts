import type { Prompt } from '../oauth/prompt.ts'
import type { ResponseType } from '../oauth/response-type.ts'
import type { Scopes } from '../oauth/scope.ts'
import type { ClaimsRequest } from './claims-request.ts'
import type { ResponseMode } from './response-mode.ts'

/**
 * An authorization request as it was read once and is kept at the server: no page and no form can change it.
 * OpenID Connect Core §3.1.2.1, RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2.
 */
export type AuthorizationRequest = {
  /** `ref_…`, the handle in page URLs. */
  readonly id: string
  readonly clientId: string
  readonly redirectUri: string
  readonly state: string | undefined
  readonly responseType: ResponseType
  readonly responseMode: ResponseMode
  readonly scopes: Scopes
  /** The API that the tokens shall be for, where the client named one. */
  readonly resource: string | undefined
  readonly nonce: string | undefined
  readonly codeChallenge: string | undefined
  readonly prompt: readonly Prompt[]
  /** Seconds since the last sign-in that the client accepts. */
  readonly maxAge: number | undefined
  readonly loginHint: string | undefined
  /** The subject of a verified `id_token_hint`, or one that the client named: as this client knows people. */
  readonly hintedSub: string | undefined
  readonly acrValues: readonly string[]
  readonly uiLocales: readonly string[]
  readonly claims: ClaimsRequest
  readonly receivedAt: Date
  readonly expiresAt: Date
  /** SHA-256 of the cookie of the browser that started it; undefined until a browser has shown one. */
  readonly browserHash: string | undefined
  /** The session that the person chose to go on with (`prompt=select_account`). */
  readonly chosenSessionId: string | undefined
}
