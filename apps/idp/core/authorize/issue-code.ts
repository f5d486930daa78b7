import type { Client } from '../clients/client.ts'
import { type Clock, later } from '../clock.ts'
import { digest, random } from '../oauth/random.ts'
import type { Session } from '../sessions/session.ts'
import type { AuthorizationCode, CodeStore } from './authorization-code.ts'
import type { AuthorizationRequest } from './authorization-request.ts'

export type IssueCodeParts = {
  readonly codes: CodeStore
  readonly clock: Clock
  /** Seconds; at most ten minutes (RFC 6749 §4.1.2). */
  readonly lifetime: number
  readonly acr: string
}

export type IssueCode = (request: AuthorizationRequest, session: Session, client: Client) => Promise<string>

/** Makes the issuer of authorization codes. Only a code's digest is stored. */
export function codeIssuer({ codes, clock, lifetime, acr }: IssueCodeParts): IssueCode {
  return async (request, session, client) => {
    const code = random('code_')
    await codes.put(digest(code), describe(request, session, client, { expiresAt: later(clock.now(), lifetime), acr }))
    return code
  }
}

function describe(
  request: AuthorizationRequest,
  session: Session,
  client: Client,
  { expiresAt, acr }: { expiresAt: Date; acr: string },
): AuthorizationCode {
  return {
    clientId: client.id,
    userId: session.userId,
    sessionId: session.id,
    sessionExpiresAt: session.expiresAt,
    redirectUri: request.redirectUri,
    codeChallenge: request.codeChallenge,
    scopes: request.scopes,
    resource: request.resource,
    nonce: request.nonce,
    authTime: session.authTime,
    amr: session.amr,
    acr,
    claims: request.claims,
    familyId: random('fam_', 16),
    versions: { user: session.userVersion, client: client.tokenVersion, everything: session.everythingVersion },
    expiresAt,
  }
}
