/** The longest text that an index of every database takes, with room to spare. */
const longestIndexed = 255

/**
 * Whether a text can be a key at all: no NUL (PostgreSQL has none) and no half of a surrogate pair (it would be kept as
 * another character, and so be found by another key). What cannot be stored is not looked for.
 */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && text.isWellFormed()
}

/** A text from outside, fit to be kept: what cannot be stored is replaced, what is too long is cut. */
export function storable(text: string, longest: number = longestIndexed): string {
  return text.replaceAll('\0', '\ufffd').slice(0, longest).toWellFormed()
}
