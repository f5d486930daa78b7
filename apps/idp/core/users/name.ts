/**
 * The one normal form of usernames and e-mail addresses: NFKC, case-folded, trimmed. The key of look-up, uniqueness and
 * throttling alike, so that no spelling variant is another name.
 */
export function normalName(name: string): string {
  return name.normalize('NFKC').trim().toUpperCase().toLowerCase().normalize('NFKC')
}

const longestName = 254
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const forbidden = /[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/

/** Whether a text may be a username: 1 to 254 characters, no control or invisible ones, not only blanks. */
export function isUsername(name: string): boolean {
  return name.length <= longestName && normalName(name) !== '' && !forbidden.test(name)
}
