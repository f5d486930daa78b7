import { quote } from './kinds.ts'
import type { Kind } from './setting.ts'

const redisSchemes = ['redis:', 'rediss:']
const laterRedisSchemes = ['redis+sentinel:', 'redis+cluster:']

/** Where the database is: `file:` for SQLite, `postgresql://` for PostgreSQL. A fault never shows the URL's password. */
export const databaseUrl: Kind<string> = {
  read(written) {
    const mend = 'Write file:data/signet.db for SQLite or postgresql://user:password@host/database.'
    const given = String(written)
    if (/^file:[^?#]+$/.test(given)) return { value: given }
    if (!/^postgres(ql)?:\/\//.test(given))
      return { fault: `${quote(schemeOf(given))} is no database that Signet knows.`, mend }
    return URL.parse(given)?.hostname || given.includes('?host=/')
      ? { value: given }
      : { fault: 'It is not a URL with a host.', mend }
  },
  json: { type: 'string', pattern: '^(file:|postgres(ql)?://)' },
  write: (value) => value,
}

/** Where Redis is. */
export const redisUrl: Kind<string> = {
  read(written) {
    const mend = 'Write redis://host:6379, or rediss://host:6380 for TLS.'
    const given = String(written)
    const scheme = schemeOf(given)
    if (laterRedisSchemes.includes(scheme))
      return { fault: `${quote(scheme)} comes with a later version.`, mend: 'Use redis:// or rediss://.' }
    if (!redisSchemes.includes(scheme)) return { fault: `${quote(scheme)} is no Redis scheme.`, mend }
    return /^[a-z+]+:\/\/[^/?#]+/.test(given) ? { value: given } : { fault: 'It is not a URL with a host.', mend }
  },
  json: { type: 'string', pattern: '^rediss?://' },
  write: (value) => value,
}

function schemeOf(url: string): string {
  return /^[A-Za-z][A-Za-z0-9+.-]*:/.exec(url)?.[0] ?? '(no scheme)'
}

/** A URL without its password, for people to read. */
export function withoutPassword(url: string): string {
  const hidden = url.replace(/^([a-z+]+:\/\/[^:@/]*):.*@/i, '$1:(hidden)@')
  return hidden.replace(/([?&](?:password|sslpassword|auth)=)[^&#]*/gi, '$1(hidden)')
}
