import { weaknessOf } from '../oauth/secret-strength.ts'
import { KeyFault } from './key-fault.ts'

const mend = 'make one with: openssl rand -base64 32'

/**
 * Refuses a `keys.secret` that cannot hold 128 random bits: too short for its alphabet, or shaped like words, a
 * sequence or a repetition. Form is all that can be seen; the message never quotes the secret.
 */
export function requireStrongSecret(secret: string, setting = 'keys.secret'): void {
  const fault = weaknessOf(secret)
  if (fault) throw new KeyFault('weak_secret', `${setting} is too weak: ${fault}; ${mend}`)
}
