const leastBits = 128

/** Bits that one character can carry at most, by the smallest alphabet that a whole secret fits. */
const alphabets: readonly (readonly [form: RegExp, bits: number])[] = [
  [/^[0-9]+$/, Math.log2(10)],
  [/^(?:[0-9a-f]+|[0-9A-F]+)$/, 4],
  [/^(?:[a-z2-7]+|[A-Z2-7]+)=*$/, 5],
  [/^[A-Za-z0-9]+$/, Math.log2(62)],
]

/**
 * Whether a secret has, by its form, room for 128 random bits: long enough for its alphabet, and not made of a few
 * characters again and again. Nobody can see whether it is random; what is refused is what cannot be.
 */
export function isStrongSecret(secret: string): boolean {
  const bits = alphabets.find(([form]) => form.test(secret))?.[1] ?? 6
  const different = new Set(secret).size
  return secret.length * bits >= leastBits && different >= 8 && !repeatsItself(secret)
}

/** Whether the whole text is one short piece, repeated. */
function repeatsItself(secret: string): boolean {
  return (secret + secret).indexOf(secret, 1) < secret.length
}

/** Whether a text can stand in a credential (RFC 6749 appendix A.2): printable ASCII. */
export function isPrintable(secret: string): boolean {
  return /^[\x20-\x7e]+$/.test(secret)
}
