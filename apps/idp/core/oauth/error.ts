/**
 * The closed list of protocol errors and the HTTP status each has at a JSON endpoint. The caller never picks a status.
 * RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, RFC 7009 §2.2.1, RFC 7591 §3.2.2, RFC 8707 §2, RFC 9101 §7, RFC 9470 §3,
 * OpenID Connect Core §3.1.2.6.
 */
const statusOf = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  invalid_scope: 400,
  invalid_target: 400,
  invalid_token: 401,
  insufficient_scope: 403,
  insufficient_user_authentication: 401,
  unsupported_response_type: 400,
  access_denied: 403,
  unmet_authentication_requirements: 400,
  login_required: 400,
  consent_required: 400,
  request_not_supported: 400,
  request_uri_not_supported: 400,
  registration_not_supported: 400,
  invalid_redirect_uri: 400,
  invalid_client_metadata: 400,
  invalid_software_statement: 400,
  unapproved_software_statement: 400,
  invalid_request_object: 400,
  invalid_request_uri: 400,
  server_error: 500,
  temporarily_unavailable: 503,
} as const

export type OAuthErrorCode = keyof typeof statusOf

/** What else a refusal may say. */
export type RefusalDetail = {
  /** For our log only; never answered. */
  readonly cause?: unknown
  /** Seconds, for `Retry-After`. */
  readonly retryAfter?: number
  /** The offending parameter, named on the error page. */
  readonly parameter?: string
  /** What else a bearer challenge says (RFC 9470 §3): names and values of our own making. */
  readonly challenge?: { readonly [name: string]: string }
}

/**
 * A refusal in the protocol's own words. `description` is for the client's developer, is plain ASCII without quotes or
 * backslashes (RFC 6749 §5.2) and never varies with a secret.
 */
export class OAuthError extends Error {
  readonly code: OAuthErrorCode
  readonly status: number
  readonly description: string
  readonly retryAfter: number | undefined
  readonly parameter: string | undefined
  readonly challenge: RefusalDetail['challenge']

  constructor(code: OAuthErrorCode, description: string, detail: RefusalDetail = {}) {
    super(`${code}: ${description}`, { cause: detail.cause })
    this.name = 'OAuthError'
    this.code = code
    this.status = statusOf[code]
    this.description = description.replace(/[^\x20-\x7e]|["\\]/g, '?')
    this.retryAfter = detail.retryAfter
    this.parameter = detail.parameter
    this.challenge = detail.challenge
  }
}

/** Throws an {@link OAuthError}; the status follows from the code. */
export function refuse(code: OAuthErrorCode, description: string, detail?: RefusalDetail): never {
  throw new OAuthError(code, description, detail)
}

/** A store or a queue cannot answer now: 503 with `Retry-After`, never a protocol error that clients act upon. */
export class Unavailable extends Error {
  readonly retryAfter: number

  constructor(what: string, detail: { cause?: unknown; retryAfter?: number } = {}) {
    super(what, { cause: detail.cause })
    this.name = 'Unavailable'
    this.retryAfter = detail.retryAfter ?? 2
  }
}

/** So much work waits that this had to be turned away: 503 like any {@link Unavailable}, and nothing is broken. */
export class Overloaded extends Unavailable {
  override readonly name = 'Overloaded'
}

/** Too many attempts: 429 with `Retry-After` (RFC 6585 §4). */
export class Throttled extends Error {
  readonly retryAfter: number

  constructor(what: string, retryAfter: number) {
    super(what)
    this.name = 'Throttled'
    this.retryAfter = retryAfter
  }
}
