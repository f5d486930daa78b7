import { normalName } from '#core/users/name.ts'
import type { User } from '#core/users/user.ts'

/** The normal forms that sign a person in: the username, and the e-mail address once it is verified. */
export function loginNames(user: User): readonly string[] {
  const names = [user.username, ...(user.email !== undefined && user.emailVerified ? [user.email] : [])]
  return [...new Set(names.map(normalName))].sort()
}
