/** Who is signed in at one browser. `id` is the `sid` of ID tokens: stable for the session's life, not a secret. */
export type Session = {
  readonly id: string
  readonly userId: string
  /** When the person last proved themself. */
  readonly authTime: Date
  /** How (RFC 8176), for instance `pwd`. */
  readonly amr: readonly string[]
  readonly createdAt: Date
  readonly lastUsedAt: Date
  /** The absolute end. The idle end is `lastUsedAt` plus the store's `idle` seconds. */
  readonly expiresAt: Date
  /** The person's `tokenVersion` at birth. */
  readonly userVersion: number
  /** The `everything` version at birth. */
  readonly everythingVersion: number
}
