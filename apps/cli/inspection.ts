import type { AccessToken } from '#core/tokens/access-token.ts'
import type { Stores } from '#stores/stores.ts'
import type { Work } from './at-work.ts'

/** Where a token is looked up. */
export type InspectionPlace = Pick<Work, 'config' | 'clock'> & { readonly stores: Stores }

/** One thing that was found about a token; an `error` makes it invalid. */
export type TokenFinding = { readonly level: 'ok' | 'note' | 'error'; readonly what: string }

/** What `signet tokens inspect` says of a token. */
export type Inspection = {
  readonly kind: 'access_token' | 'id_token' | 'refresh_token' | 'jwt' | 'unknown'
  readonly header?: { readonly [member: string]: unknown } | undefined
  readonly claims?: { readonly [claim: string]: unknown } | undefined
  /** The key of our ring that signed it. */
  readonly key?: { readonly kid: string; readonly alg: string; readonly state: string } | undefined
  readonly findings: readonly TokenFinding[]
}

/** Whether a date has passed, in words. */
export function expiry(expiresAt: Date, now: Date): TokenFinding {
  const at = expiresAt.toISOString()
  return expiresAt <= now
    ? { level: 'error', what: `It expired at ${at}.` }
    : { level: 'ok', what: `It expires at ${at}.` }
}

type Subject = Pick<AccessToken, 'sub' | 'clientId' | 'versions' | 'familyId'> & {
  readonly jti: string | undefined
  readonly sessionId: string | undefined
}

/** Whether anything that a token depends on has ended: itself, its family, session, person or client. */
export async function revocation({ stores }: InspectionPlace, token: Subject): Promise<readonly TokenFinding[]> {
  const { sub, clientId, versions, jti, familyId, sessionId } = token
  const userId = sub === clientId ? undefined : sub
  const [hasEnded, client, user] = await Promise.all([
    stores.revocations.has({ jti, familyId, sessionId, userId, clientId, versions }),
    stores.clients.find(clientId),
    userId === undefined ? undefined : stores.users.find(userId),
  ])
  const errors: string[] = []
  if (hasEnded) errors.push('It was revoked, or what it depends on has ended.')
  if (!client) errors.push(`Its client ${clientId} is gone.`)
  else if (!client.enabled) errors.push(`Its client ${clientId} is turned off.`)
  else if (client.tokenVersion > versions.client) errors.push(`Its client ${clientId} had its tokens ended.`)
  if (userId !== undefined && !user) errors.push(`Its person ${userId} is gone.`)
  else if (user && !user.enabled) errors.push(`Its person ${user.username} is locked out.`)
  else if (user && user.tokenVersion > versions.user) errors.push(`Its person ${user.username} was signed out since.`)
  if (errors.length === 0) return [{ level: 'ok', what: 'It is not revoked.' }]
  return errors.map((what) => ({ level: 'error', what }))
}
