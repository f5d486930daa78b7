import { normalName } from './name.ts'
import { isTooLong, longestPassword } from './password.ts'
import { weakPasswords } from './weak-passwords.ts'

const fewestCharacters = 8

/**
 * Why a password will not do; undefined where it will. Length, and what guessers try first; no rules of composition
 * (NIST SP 800-63B-4 §3.1.1.2). The answer never quotes the password.
 */
export function weaknessOfPassword(password: string, names: readonly (string | undefined)[]): string | undefined {
  if ([...password].length < fewestCharacters) return `it has fewer than ${fewestCharacters} characters`
  if (isTooLong(password)) return `it is longer than ${longestPassword} bytes`
  const plain = normalName(password)
  if (new Set(plain).size < 3) return 'it is one character again and again'
  if (weakPasswords.has(plain)) return 'it is one of the most common passwords'
  return names.some((name) => name && isNamed(plain, normalName(name))) ? 'it is the name of the person' : undefined
}

/** Whether a password is a name, its part before the @, or either twice. */
function isNamed(password: string, name: string): boolean {
  const names = [name, name.split('@')[0] ?? name]
  return names.some((each) => password === each || password === each + each)
}
