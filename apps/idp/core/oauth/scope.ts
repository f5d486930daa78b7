/** Scope names in the order in which they were asked for, each once (RFC 6749 §3.3). */
export type Scopes = ReadonlySet<string>

/** More than any honest request has, and little enough to be read in microseconds. */
const longestScope = 4096
const mostScopes = 100
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** Reads a `scope` parameter: names separated by single spaces. Undefined where it is not of that form. */
export function parseScope(text: string): Scopes | undefined {
  if (text.length > longestScope) return undefined
  const names = text.split(' ').filter((name) => name !== '')
  if (names.length === 0 || names.length > mostScopes) return undefined
  return names.every(isScopeName) ? new Set(names) : undefined
}

/** Whether a text can be one scope name (RFC 6749 §3.3, `scope-token`). */
export function isScopeName(name: string): boolean {
  return scopeToken.test(name)
}

/** Writes scopes the way the wire has them. */
export function formatScope(scopes: Scopes): string {
  return [...scopes].join(' ')
}

/** Whether every wanted scope is among the granted ones. */
export function covers(granted: Scopes, wanted: Scopes): boolean {
  for (const name of wanted) if (!granted.has(name)) return false
  return true
}

/** The scopes of `wanted` that `allowed` has too, in the order of `wanted`. */
export function intersection(wanted: Scopes, allowed: Scopes): Scopes {
  return new Set([...wanted].filter((name) => allowed.has(name)))
}
