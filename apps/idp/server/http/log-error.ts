/** What the log shows of an error. */
export type ErrorLine = {
  readonly type: string
  readonly message: string
  readonly code: string | undefined
  readonly stack: string | undefined
  readonly cause: ErrorLine | undefined
}

const deepestCause = 4
const longestText = 4000

/**
 * An error reduced to its name, texts and causes. Other properties stay out: drivers put commands with their arguments
 * there, and Node the URL it could not parse.
 */
export function errorLine(error: unknown, depth = 0): ErrorLine {
  if (!(error instanceof Error))
    return { type: typeof error, message: 'not an Error', code: undefined, stack: undefined, cause: undefined }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  const hasCause = error.cause !== undefined && depth < deepestCause
  return {
    type: error.name,
    message: withoutCredentials(error.message),
    code,
    stack: error.stack === undefined ? undefined : withoutCredentials(error.stack),
    cause: hasCause ? errorLine(error.cause, depth + 1) : undefined,
  }
}

/** Cuts the user and password of URLs, and queries: a database's address must not take its password along. */
function withoutCredentials(text: string): string {
  return text
    .slice(0, longestText)
    .replace(/:\/\/[^/\s@]+@/g, '://[redacted]@')
    .replace(/(:\/\/[^\s?#]+)[?#]\S*/g, '$1')
}
