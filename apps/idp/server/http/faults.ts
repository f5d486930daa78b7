import { OAuthError, type RefusalDetail, Throttled, Unavailable } from '#core/oauth/error.ts'

/** What an error comes down to at the edge: a status, what may be said, and whether it is a fault of ours. */
export type Fault = {
  readonly status: number
  readonly code: string
  readonly description: string
  readonly parameter: string | undefined
  readonly retryAfter: number | undefined
  /** What else a bearer challenge says. */
  readonly challenge: RefusalDetail['challenge']
  /** Something broke on our side: it belongs in the log with its cause. */
  readonly isOurs: boolean
}

/** Reads any thrown value. What is not known is our bug: `server_error`, and nothing of it is told outside. */
export function faultOf(error: unknown): Fault {
  const nothing = { parameter: undefined, retryAfter: undefined, challenge: undefined, isOurs: false }
  if (error instanceof OAuthError) {
    const { status, code, description, parameter, retryAfter, challenge } = error
    return { status, code, description, parameter, retryAfter, challenge, isOurs: false }
  }
  if (error instanceof Throttled) {
    const { retryAfter } = error
    return {
      ...nothing,
      status: 429,
      code: 'temporarily_unavailable',
      description: 'too many attempts, try again later',
      retryAfter,
    }
  }
  if (error instanceof Unavailable) {
    const { retryAfter } = error
    return {
      ...nothing,
      status: 503,
      code: 'temporarily_unavailable',
      description: 'try again in a moment',
      retryAfter,
      isOurs: true,
    }
  }
  const status = statusOf(error)
  if (status >= 400 && status < 500)
    return { ...nothing, status, code: 'invalid_request', description: wordsOf(status) }
  return { ...nothing, status: 500, code: 'server_error', description: 'something went wrong here', isOurs: true }
}

/** The HTTP library's own refusals carry a status; their texts quote the request and are not repeated. */
function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return 500
  return typeof error.statusCode === 'number' ? error.statusCode : 500
}

function wordsOf(status: number): string {
  if (status === 413) return 'the request body is too large'
  if (status === 415) return 'the body is packed, or of a type that is not taken here'
  return 'the request could not be read'
}
