import { quote } from './kinds.ts'
import { splitPostgresUrl } from './postgres-url.ts'
import { readRedisUrl, schemeOf } from './redis-url.ts'
import type { Kind } from './setting.ts'

/**
 * Where the database is: `file:` for SQLite, `postgresql://` for PostgreSQL, with commas between several servers. A fault
 * never shows the URL's password.
 */
export const databaseUrl: Kind<string> = {
  read(written) {
    const mend = 'Write file:data/signet.db for SQLite or postgresql://user:password@host/database.'
    const given = String(written)
    if (/^file:[^?#]+$/.test(given)) return { value: given }
    if (!/^postgres(ql)?:\/\//.test(given))
      return { fault: `${quote(schemeOf(given))} is no database that Signet knows.`, mend }
    return splitPostgresUrl(given) ? { value: given } : { fault: 'It is not a URL with a host.', mend }
  },
  json: { type: 'string', pattern: '^(file:|postgres(ql)?://)' },
  write: (value) => value,
}

/** Where Redis is, in one of its four forms. A fault never shows a password. */
export const redisUrl: Kind<string> = {
  read(written) {
    const given = String(written)
    const reading = readRedisUrl(given)
    return 'fault' in reading ? reading : { value: given }
  },
  json: { type: 'string', pattern: '^redis(s|\\+sentinel|\\+cluster)?://' },
  write: (value) => value,
}

/** A URL without its password, for people to read. */
export function withoutPassword(url: string): string {
  const hidden = url.replace(/^([a-z+]+:\/\/[^:@/]*):.*@/i, '$1:(hidden)@')
  return hidden.replace(/([?&](?:password|sslpassword|sentinelPassword|auth)=)[^&#]*/gi, '$1(hidden)')
}
