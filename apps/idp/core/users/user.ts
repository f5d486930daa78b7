/** A JSON value, as claims hold it. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** A person who can sign in. */
export type User = {
  /** The subject: random, never reused, never equal to a client's id. */
  readonly sub: string
  /** As the person writes it; looked up by its normal form. */
  readonly username: string
  readonly email: string | undefined
  readonly emailVerified: boolean
  /** An argon2id hash in PHC form; undefined where no password is set. */
  readonly passwordHash: string | undefined
  /** Standard claims (OpenID Connect Core §5.1), `roles`, `groups` and custom ones, by claim name. */
  readonly claims: { readonly [name: string]: Json }
  readonly enabled: boolean
  /** Copied by sessions, families and tokens at birth; a bump ends all that is older. */
  readonly tokenVersion: number
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly revision: number
}
