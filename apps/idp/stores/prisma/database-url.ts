import { resolve } from 'node:path'

/** Which database a URL means. The URL itself may hold a password: it never goes into a message. */
export type DatabaseUrl =
  | { readonly provider: 'sqlite'; readonly path: string }
  | { readonly provider: 'postgresql'; readonly url: string }

/** Reads `file:…` (a path, relative to the working directory or absolute) or `postgresql://…`; throws on anything else. */
export function parseDatabaseUrl(url: string): DatabaseUrl {
  if (url.startsWith('file:')) return { provider: 'sqlite', path: parsePath(url.slice('file:'.length)) }
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) throw new Error(misread)
  return { provider: 'postgresql', url }
}

const misread = 'the database URL is neither file:<path> nor postgresql://<user>:<password>@<host>/<database>'

function parsePath(text: string): string {
  const path = text.replace(/^\/\/(?=\/)/, '')
  if (path === '' || path.startsWith('//') || path.startsWith(':memory:') || /[?#\0]/.test(path))
    throw new Error(misread)
  return resolve(path)
}
