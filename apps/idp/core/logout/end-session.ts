import type { Audit } from '../audit/audit.ts'
import type { Client } from '../clients/client.ts'
import type { ClientStore } from '../clients/client-store.ts'
import { refuse } from '../oauth/error.ts'
import { echoed, type Form, optional } from '../oauth/form.ts'
import type { Origin } from '../oauth/origin.ts'
import type { LiveSession } from '../sessions/browser-session.ts'
import type { Endings } from '../tokens/end.ts'
import type { HintedIdToken } from '../tokens/read-id-token.ts'
import type { FindFrames } from './front-channel.ts'

/** A request to sign out, read (OpenID Connect RP-Initiated Logout 1.0 §2). */
export type LogoutRequest = {
  /** The client, by a valid hint or by `client_id`. */
  readonly client: Client | undefined
  /** Where to go afterwards: registered for that client, compared byte by byte. */
  readonly returnTo: string | undefined
  readonly state: string | undefined
  readonly hint: HintedIdToken | undefined
}

export type LogoutParts = {
  readonly clients: ClientStore
  readonly readIdToken: (idToken: string, now: Date) => Promise<HintedIdToken | undefined>
  readonly findFrames: FindFrames
  readonly endings: Endings
  readonly audit: Audit
}

export interface Logout {
  /** Reads a request. Refuses, locally, what contradicts itself or names an address that is not registered. */
  read(form: Form, now: Date): Promise<LogoutRequest>
  /** The addresses of apps that a browser is to load when these sessions end. */
  findFrames: FindFrames
  /** Ends a session with all that is bound to it; settles when that is durable. */
  end(session: { readonly id: string; readonly userId: string }, origin: Origin): Promise<void>
}

/** Wires sign-out. */
export function openLogout({ clients, readIdToken, findFrames, endings, audit }: LogoutParts): Logout {
  return {
    findFrames,
    async read(form, now) {
      const idToken = optional(form, 'id_token_hint')
      const hint = idToken === undefined ? undefined : await readIdToken(idToken, now)
      const clientId = optional(form, 'client_id') ?? hint?.clientId
      if (idToken !== undefined && !hint)
        refuse('invalid_request', 'id_token_hint is not an ID token of ours', { parameter: 'id_token_hint' })
      if (hint && clientId !== hint.clientId)
        refuse('invalid_request', 'id_token_hint was issued to another client', { parameter: 'client_id' })
      const found = clientId === undefined ? undefined : await clients.find(clientId)
      const client = found?.enabled ? found : undefined
      const returnTo = readReturn(form, client)
      return { client, returnTo, state: echoed(form, 'state'), hint }
    },
    // The event comes first: after the end a retry finds no session, and would not tell it any more.
    async end({ id: sessionId, userId }, origin) {
      await audit.record('session.ended', { userId, sessionId, origin, details: { reason: 'signed_out' } })
      await endings.session(sessionId, 'signed_out')
    },
  }
}

/** Only a URI registered for a client that is known and not disabled: anything else stays on our own page (§3). */
function readReturn(form: Form, client: Client | undefined): string | undefined {
  const uri = optional(form, 'post_logout_redirect_uri')
  if (uri === undefined) return undefined
  const parameter = 'post_logout_redirect_uri'
  if (!client) refuse('invalid_request', `${parameter} needs an id_token_hint or a client_id`, { parameter })
  if (!client.postLogoutRedirectUris.includes(uri))
    refuse('invalid_request', `${parameter} is not registered for this client`, { parameter })
  return uri
}

/**
 * Whether a session may be ended without asking: an ID token of the very person who is signed in came with the request.
 * Where no session can be seen only a token that has not expired speaks for one; older ones turn up in logs. Anything
 * less could be somebody else's wish (RP-Initiated Logout 1.0 §2, §6; docs/decisions/0010).
 */
export function isVouchedFor({ hint }: LogoutRequest, live: LiveSession | undefined): boolean {
  if (!hint) return false
  return live === undefined ? !hint.isExpired : live.user.sub === hint.sub
}

/** The sessions that a vouched-for request ends: the browser's, and the one that a fresh hint names. */
export function sessionsToEnd({ hint }: LogoutRequest, live: LiveSession | undefined) {
  const own = live ? [{ id: live.session.id, userId: live.user.sub }] : []
  const isOther = hint?.sid !== undefined && hint.sid !== live?.session.id && !hint.isExpired
  return isOther ? [...own, { id: hint.sid, userId: hint.sub }] : own
}
