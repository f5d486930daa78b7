/**
 * Why a secret cannot hold 128 random bits: too short for its alphabet, or shaped like words, a sequence or a
 * repetition; undefined where it can. Form is all that can be seen, and the answer never quotes the secret.
 */
export function weaknessOf(secret: string): string | undefined {
  if (secret === '') return 'it is empty'
  if (/\s/.test(secret)) return 'it holds white space, as words do'
  const needed = fewestCharacters(secret)
  if (secret.length < needed) return `it has ${secret.length} characters, of this kind it needs ${needed}`
  if (new Set(secret).size < 8) return 'it uses too few different characters'
  if (distinctPairs(secret) < 16) return 'it repeats itself'
  if (distinctSteps(secret) < 8) return 'it is a sequence'
  return undefined
}

/** How many characters of the narrowest alphabet that the secret fits into hold 128 bits. */
function fewestCharacters(secret: string): number {
  if (/^\d+$/.test(secret)) return 39
  if (/^[0-9a-f]+$/i.test(secret)) return 32
  if (/^[a-z]+$|^[A-Z]+$/.test(secret)) return 28
  if (/^[a-z0-9]+$|^[A-Z0-9]+$/.test(secret)) return 25
  return 22
}

/** Different neighbours: 16 or fewer in a string that repeats a short one, about as many as its length in a random one. */
function distinctPairs(secret: string): number {
  return new Set([...secret].slice(1).map((character, at) => `${secret[at]}${character}`)).size
}

/** Different distances between neighbours: one or two in `abcdef…` and its like. */
function distinctSteps(secret: string): number {
  return new Set([...secret].slice(1).map((character, at) => character.charCodeAt(0) - secret.charCodeAt(at))).size
}

/** Whether a text can stand in a credential (RFC 6749 appendix A.2): printable ASCII. */
export function isPrintable(secret: string): boolean {
  return /^[\x20-\x7e]+$/.test(secret)
}
