import { resolve } from 'node:path'
import { splitPostgresUrl } from '#config/postgres-url.ts'

/** Which database a URL means. The URL itself may hold a password: it never goes into a message. */
export type DatabaseUrl =
  | { readonly provider: 'sqlite'; readonly path: string }
  /** One URL per server that may be the writable one. */
  | { readonly provider: 'postgresql'; readonly urls: readonly string[] }

/**
 * Reads `file:…` (a path, relative to the working directory or absolute) or `postgresql://…`, which may name several
 * servers (`a:5432,b:5432`), as libpq reads it; throws on anything else.
 */
export function parseDatabaseUrl(url: string): DatabaseUrl {
  if (url.startsWith('file:')) return { provider: 'sqlite', path: parsePath(url.slice('file:'.length)) }
  const urls = splitPostgresUrl(url)
  if (!urls) throw new Error(misread)
  return { provider: 'postgresql', urls }
}

const misread = 'the database URL is neither file:<path> nor postgresql://<user>:<password>@<host>/<database>'

function parsePath(text: string): string {
  const path = text.replace(/^\/\/(?=\/)/, '')
  if (path === '' || path.startsWith('//') || path.startsWith(':memory:') || /[?#\0]/.test(path))
    throw new Error(misread)
  return resolve(path)
}
