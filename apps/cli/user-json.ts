import type { User } from '#core/users/user.ts'

/** A person as `--json` shows them. Never the password's hash. */
export function userJson(user: User): { readonly [name: string]: unknown } {
  return {
    sub: user.sub,
    username: user.username,
    email: user.email,
    email_verified: user.emailVerified,
    claims: user.claims,
    has_password: user.passwordHash !== undefined,
    enabled: user.enabled,
    created_at: user.createdAt,
    updated_at: user.updatedAt,
  }
}
