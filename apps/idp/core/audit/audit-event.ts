/**
 * Everything that is worth a line in the trail. `now`: written before the answer leaves. `behind`: in batches, a few
 * seconds late at most; what a crash can lose of these is stated in the docs.
 */
export const auditEvents = {
  'sign_in.succeeded': 'now',
  'sign_in.failed': 'now',
  'sign_in.throttled': 'behind',
  'session.ended': 'now',
  'consent.given': 'now',
  'consent.denied': 'now',
  'consent.withdrawn': 'now',
  'code.issued': 'behind',
  'code.replayed': 'now',
  'code.leaked': 'now',
  'token.issued': 'behind',
  'token.refreshed': 'behind',
  // The claim is done already: were this to fail, the retry could come too late to be a repetition.
  'token.repeated_elsewhere': 'behind',
  'token.family_recovered': 'behind',
  'token.reused': 'now',
  'token.revoked': 'now',
  'client.authentication_failed': 'behind',
  'client.created': 'now',
  'client.updated': 'now',
  'client.secret_rotated': 'now',
  'client.disabled': 'now',
  'client.enabled': 'now',
  'client.deleted': 'now',
  'registration_token.created': 'now',
  'registration_token.revoked': 'now',
  'api.created': 'now',
  'api.updated': 'now',
  'api.deleted': 'now',
  'user.created': 'now',
  'user.updated': 'now',
  'user.password_changed': 'now',
  'user.disabled': 'now',
  'user.enabled': 'now',
  'user.deleted': 'now',
  'key.created': 'now',
  'key.imported': 'now',
  'key.retired': 'now',
  'key.compromised': 'now',
  'key.resealed': 'now',
  'everything.revoked': 'now',
  'database.restored': 'now',
} as const

export type AuditEventName = keyof typeof auditEvents

/** One line of the trail. No secret, no token, no password is ever part of it. */
export type AuditEvent = {
  /** Unique, sorts by time (UUID version 7). */
  readonly id: string
  readonly at: Date
  readonly event: AuditEventName
  readonly outcome: 'success' | 'failure'
  /** Who did it: `user:<sub>`, `client:<id>`, `operator:<name>` or `system`. */
  readonly actor: string
  readonly userId: string | undefined
  readonly clientId: string | undefined
  readonly sessionId: string | undefined
  readonly familyId: string | undefined
  readonly address: string | undefined
  readonly agent: string | undefined
  readonly requestId: string | undefined
  /** What else is worth knowing; short texts and numbers only. */
  readonly details: { readonly [name: string]: string | number | boolean }
}

export type AuditFilter = {
  readonly userId?: string
  readonly clientId?: string
  readonly since?: Date
  /** Only events after this id: for following the trail. */
  readonly after?: string
  readonly most?: number
}

/** Where the trail is kept; durable. */
export interface AuditStore {
  put(events: readonly AuditEvent[]): Promise<void>
  /** Oldest first. */
  list(filter: AuditFilter): Promise<readonly AuditEvent[]>
}
