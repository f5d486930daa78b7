import { Unavailable } from '#core/oauth/error.ts'

/** SQLSTATE: a refused account (28), no such database or schema, a table that is not there, rights that lack. */
const wrongSqlState = /^(28...|3D000|3F000|42...)$/

/** A file that is none of ours, or that we may not touch; a certificate that nobody should trust. */
const wrongCode =
  /^(SQLITE_(CANTOPEN|NOTADB|CORRUPT|READONLY|AUTH)|EACCES|EPERM|ENOTDIR|EISDIR|EROFS|ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/

/** What Redis, the client of PostgreSQL, PgBouncer and SQLite say without a code of its own. */
const wrongWords =
  /\b(WRONGPASS|NOAUTH|NOPERM|invalid DB index|does not support SSL|unsupported startup parameter|self-signed certificate|Unable to open connection to local database)\b/

/**
 * Whether a start that failed may succeed later without anybody's help: a server that is away, starting, full or being
 * failed over. A refused password, a missing database, a file without rights, lost keys and whatever is no store's
 * failure stay wrong until a person mends them.
 */
export function mayPass(error: unknown): boolean {
  return error instanceof Unavailable && !causesOf(error).some(isWrong)
}

/** An error and what caused it, the outermost first. */
export function causesOf(error: unknown): readonly Error[] {
  const causes: Error[] = []
  for (let each = error; each instanceof Error && causes.length < 10; each = innerOf(each)) causes.push(each)
  return causes
}

/** Several addresses of one name were tried: the first failure stands for all. */
function innerOf(error: Error): unknown {
  return error instanceof AggregateError ? error.errors[0] : error.cause
}

function isWrong(error: Error): boolean {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return wrongSqlState.test(code) || wrongCode.test(code) || wrongWords.test(error.message)
}
