import type { ApiStore } from '../apis/api.ts'
import { chooseAudience } from '../apis/audience.ts'
import type { Audit } from '../audit/audit.ts'
import { type Client, isPublic } from '../clients/client.ts'
import { refuse } from '../oauth/error.ts'
import { type Form, optional, required } from '../oauth/form.ts'
import type { Origin } from '../oauth/origin.ts'
import { digest } from '../oauth/random.ts'
import { intersection, parseScope, type Scopes } from '../oauth/scope.ts'
import type { Endings } from '../tokens/end.ts'
import type { Mint } from '../tokens/mint.ts'
import type { ReadRefreshToken } from '../tokens/read-refresh-token.ts'
import type { RevocationStore } from '../tokens/revocation-store.ts'
import type { FamilyStore, Rotation, TokenFamily } from '../tokens/token-family.ts'
import type { User } from '../users/user.ts'
import type { UserStore } from '../users/user-store.ts'
import type { Grant } from './grant.ts'

export type RefreshTokenParts = {
  readonly issuer: string
  readonly families: FamilyStore
  readonly revocations: RevocationStore
  readonly users: UserStore
  readonly apis: ApiStore
  readonly readRefreshToken: ReadRefreshToken
  readonly mint: Mint
  readonly endings: Endings
  readonly audit: Audit
  /** Seconds. */
  readonly rules: { readonly idle: number; readonly grace: number; readonly gracePublic: number }
}

/** RFC 6749 §6, rotating on every use as RFC 9700 §4.14.2 asks. */
export function refreshTokenGrant(parts: RefreshTokenParts): Grant {
  return {
    type: 'refresh_token',

    // Look, check, claim, mint: the MAC proves family, generation and client before the store is asked; the store decides the race.
    async redeem({ client, form, origin }) {
      const authentic = await parts.readRefreshToken(required(form, 'refresh_token'), client)
      if (!authentic) refuse('invalid_grant', 'not a refresh token of this client')
      const wanted = readScope(form)
      await refuseUnknownResource(parts, form)

      const { idle, grace, gracePublic } = parts.rules
      const rules = { idle, grace: isPublic(client) ? gracePublic : grace }
      const rotation = await parts.families.rotate({ ...authentic, from: fingerprint(origin) }, wanted, rules)
      const { family, generation } = await accept(parts, rotation, client, origin)

      const user = await checkStillGood(parts, family, client)
      const scopes = intersection(wanted ?? family.scopes, client.scopes)
      const audience = await chooseAudience(parts.apis, {
        resource: readResource(family, form),
        scopes,
        issuer: parts.issuer,
      })
      await parts.audit.record('token.refreshed', {
        userId: user.sub,
        clientId: client.id,
        familyId: family.id,
        origin,
        details: { generation },
      })
      return parts.mint.forFamily({
        client,
        user,
        family,
        generation,
        scopes,
        audience,
        nonce: undefined,
        idTokenClaims: {},
      })
    },
  }
}

type Accepted = Extract<Rotation, { readonly generation: number }>

/** Turns the store's verdict into the protocol's words. A reuse is answered only when the end is durable. */
async function accept(parts: RefreshTokenParts, rotation: Rotation, client: Client, origin: Origin): Promise<Accepted> {
  if (rotation.outcome === 'wider') refuse('invalid_scope', 'scope exceeds what was granted', { parameter: 'scope' })
  if (rotation.outcome === 'refused') refuse('invalid_grant', 'refresh token is not valid any more')
  const { id: familyId, userId } = rotation.family
  const about = { userId, clientId: client.id, familyId, origin }
  if (rotation.outcome === 'reused') {
    await parts.endings.family(familyId, 'refresh_token_reused')
    await parts.audit.record('token.reused', { ...about, outcome: 'failure' })
    refuse('invalid_grant', 'refresh token was used before')
  }
  if (rotation.outcome === 'repeated' && rotation.elsewhere) await parts.audit.record('token.repeated_elsewhere', about)
  return rotation
}

/** A refresh that races an end loses: what ended is looked up after the claim, never before it alone. */
async function checkStillGood(parts: RefreshTokenParts, family: TokenFamily, client: Client): Promise<User> {
  const { id: familyId, sessionId, userId, clientId, versions } = family
  const [hasEnded, user] = await Promise.all([
    parts.revocations.has({ jti: undefined, familyId, sessionId, userId, clientId, versions }),
    parts.users.find(userId),
  ])
  if (hasEnded || !user?.enabled || user.tokenVersion > versions.user) refuse('invalid_grant', 'the sign-in has ended')
  if (client.tokenVersion > versions.client) refuse('invalid_grant', 'the sign-in has ended')
  const isOffline = family.scopes.has('offline_access')
  if (isOffline && !client.scopes.has('offline_access'))
    refuse('invalid_grant', 'this client may not keep access any more')
  return user
}

/** A narrower scope narrows this answer only; the successor keeps the family's scopes (RFC 6749 §6). */
function readScope(form: Form): Scopes | undefined {
  const text = optional(form, 'scope')
  if (text === undefined) return undefined
  return parseScope(text) ?? refuse('invalid_scope', 'scope is not a list of scope names', { parameter: 'scope' })
}

/** Faults of the request are found before the claim, so that a mistyped resource costs no rotation. */
async function refuseUnknownResource({ apis, issuer }: RefreshTokenParts, form: Form): Promise<void> {
  const resource = optional(form, 'resource')
  if (resource === undefined || resource === issuer || (await apis.find(resource))) return
  refuse('invalid_target', 'no such API here', { parameter: 'resource' })
}

function readResource(family: TokenFamily, form: Form): string | undefined {
  const resource = optional(form, 'resource')
  if (resource !== undefined && family.resource !== undefined && resource !== family.resource) {
    refuse('invalid_target', 'the authorization request named another resource', { parameter: 'resource' })
  }
  return resource ?? family.resource
}

/** Enough to notice that a repetition came from elsewhere; not enough to say from where. */
function fingerprint({ address, agent }: Origin): string {
  return digest(`${address}\n${agent}`).slice(0, 11)
}
