import type { Violation } from '../history/violation.ts'

/** A text that was logged, and where. */
export type LogText = { readonly name: string; readonly text: string }

/** As many characters as tell a secret from everything else. */
const telling = 12

/**
 * Every secret that stands in a log, whole or by its last characters, plain or as a URL writes it. Keeps its word in
 * time that grows with the logs, not with the number of secrets.
 */
export function noSecrets(logs: readonly LogText[], canaries: ReadonlyMap<string, string>): readonly Violation[] {
  const ends = new Map<string, string>()
  for (const [secret, kind] of canaries)
    for (const spelling of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])
      if (spelling.length >= telling) ends.set(spelling.slice(-telling), kind)
  return logs.flatMap(({ name, text }) => {
    const found = new Map<string, number>()
    for (let at = 0; at + telling <= text.length; at++) {
      const kind = ends.get(text.slice(at, at + telling))
      if (kind) found.set(kind, (found.get(kind) ?? 0) + 1)
    }
    return [...found].map(([kind, times]) => ({
      invariant: 'no-secrets',
      what: `${kind} stands ${times} times in the log of ${name}`,
      entries: [],
    }))
  })
}
