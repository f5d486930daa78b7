import { random } from '../oauth/random.ts'
import { type Fault, rejectFaults } from '../oauth/rejection.ts'
import { isUsername } from './name.ts'
import { weaknessOfPassword } from './password-policy.ts'
import type { Json, User } from './user.ts'
import { faultsOfClaims } from './user-claims.ts'

/** What somebody asks a person's record to be, before anything is checked. */
export type UserWishes = {
  readonly username: string
  readonly email?: string | undefined
  readonly emailVerified?: boolean | undefined
  readonly claims?: { readonly [name: string]: Json } | undefined
}

/** Everything wrong with wishes and, where one is given, with the password. */
export function faultsOfUser(wishes: UserWishes, password?: string): readonly Fault[] {
  const { username, email, emailVerified, claims } = wishes
  const faults: Fault[] = [...faultsOfClaims(claims ?? {})]
  if (!isUsername(username)) {
    faults.push({ field: 'username', what: 'A username has 1 to 254 characters, none of them invisible.' })
  }
  if (email !== undefined && !(isUsername(email) && /^[^\s@]+@[^\s@]+$/.test(email))) {
    faults.push({ field: 'email', what: `${JSON.stringify(email)} is not an e-mail address.` })
  }
  if (emailVerified && email === undefined)
    faults.push({ field: 'email', what: 'There is no e-mail address to be verified.' })
  const weakness = password === undefined ? undefined : weaknessOfPassword(password, [username, email])
  if (weakness) faults.push({ field: 'password', what: `The password will not do: ${weakness}.`, policy: true })
  return faults
}

/** Makes a person's record; the subject is random and never reused. Throws a {@link Rejection}. */
export function newUser(wishes: UserWishes, passwordHash: string | undefined, now: Date): User {
  rejectFaults(faultsOfUser(wishes))
  return {
    sub: random('usr_', 16),
    username: wishes.username.trim(),
    email: wishes.email,
    emailVerified: wishes.emailVerified ?? false,
    passwordHash,
    claims: wishes.claims ?? {},
    enabled: true,
    tokenVersion: 0,
    createdAt: now,
    updatedAt: now,
    revision: 0,
  }
}
