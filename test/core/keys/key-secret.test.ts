import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { requireStrongSecret } from '#core/keys/key-secret.ts'

test.each([
  ['nothing', ''],
  ['a short one', 'kT9vQ2xWz7LmB4rYp0NcH'],
  ['31 hex digits', randomBytes(16).toString('hex').slice(1)],
  ['words', 'correct horse battery staple'],
  ['one letter', 'a'.repeat(64)],
  ['few letters', 'abcabdabeabf'.repeat(4)],
  ['a repetition', 'changeMe123!changeMe123!changeMe123!'],
  ['the alphabet', 'abcdefghijklmnopqrstuvwxyz0123456789'],
  ['digits', '3141592653589793238462643383279'],
])('%s is refused as keys.secret, with the mend, without being quoted', (_, weak) => {
  expect(() => requireStrongSecret(weak)).toThrow(/^keys\.secret is too weak: .*openssl rand -base64 32$/)
  if (weak) expect(() => requireStrongSecret(weak)).not.toThrow(weak)
})

test('128 random bits are accepted in every usual spelling', () => {
  for (let n = 0; n < 2000; n++) {
    const bits = randomBytes(16)
    requireStrongSecret(bits.toString('base64url'))
    requireStrongSecret(bits.toString('hex'))
    requireStrongSecret(randomBytes(32).toString('base64'))
    requireStrongSecret(randomBytes(512).toString('hex'))
  }
})
