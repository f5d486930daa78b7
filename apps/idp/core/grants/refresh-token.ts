import type { ApiStore } from '../apis/api.ts'
import { chooseAudience } from '../apis/audience.ts'
import type { Audit } from '../audit/audit.ts'
import { type Client, isPublic } from '../clients/client.ts'
import { refuse } from '../oauth/error.ts'
import { type Form, optional, required } from '../oauth/form.ts'
import type { Origin } from '../oauth/origin.ts'
import { digest } from '../oauth/random.ts'
import { covers, intersection, parseScope, type Scopes } from '../oauth/scope.ts'
import type { Endings } from '../tokens/end.ts'
import type { FactStore } from '../tokens/fact-store.ts'
import type { Mint } from '../tokens/mint.ts'
import type { AuthenticRefreshToken, ReadRefreshToken } from '../tokens/read-refresh-token.ts'
import type { RevocationStore } from '../tokens/revocation-store.ts'
import { type FamilyStore, mayKeepAccess, type Rotation, type TokenFamily } from '../tokens/token-family.ts'
import type { User } from '../users/user.ts'
import type { UserStore } from '../users/user-store.ts'
import type { Grant } from './grant.ts'

export type RefreshTokenParts = {
  readonly issuer: string
  readonly families: FamilyStore
  readonly facts: FactStore
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
      await checkWishes(parts, { authentic, wanted, form, client })

      const { idle, grace, gracePublic } = parts.rules
      const rules = { idle, grace: isPublic(client) ? gracePublic : grace }
      const rotation = await parts.families.rotate({ ...authentic, from: fingerprint(origin) }, wanted, rules)
      if (rotation.outcome === 'refused') await finishReuse(parts, authentic.familyId, client, origin)
      const { family, generation } = await accept(parts, rotation, client, origin)

      const user = await checkStillGood(parts, family, client)
      const { scopes, audience } = await chooseRights(parts, family, { wanted, form, client })
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
    await endReused(parts, about)
    refuse('invalid_grant', 'refresh token was used before')
  }
  if (rotation.outcome === 'repeated' && rotation.elsewhere) await parts.audit.record('token.repeated_elsewhere', about)
  return rotation
}

type ReusedFamily = {
  readonly familyId: string
  readonly userId: string
  readonly clientId: string
  readonly origin: Origin
}

/** The alarm comes first: after the end, nobody who retries would raise it again. */
async function endReused({ endings, audit }: RefreshTokenParts, about: ReusedFamily): Promise<void> {
  await audit.record('token.reused', { ...about, outcome: 'failure' })
  await endings.family(about.familyId, 'refresh_token_reused')
}

/**
 * A reuse ends the family where it lives at once, and then in SQL. Where SQL could not be told, the answer was 503, and
 * whoever comes next finishes it: no other end is known to the fast store and not to SQL.
 */
async function finishReuse(
  parts: RefreshTokenParts,
  familyId: string,
  { id: clientId }: Client,
  origin: Origin,
): Promise<void> {
  const fact = await parts.facts.findFamily(familyId)
  if (!fact || fact.endedAt) return
  const hasEnded = await parts.revocations.has({
    jti: undefined,
    familyId,
    sessionId: undefined,
    userId: undefined,
    clientId,
    versions: newest,
  })
  if (hasEnded) await endReused(parts, { familyId, userId: fact.userId, clientId, origin })
}

/** Versions that no bump has passed: the question is about the family alone. */
const newest = { user: Number.MAX_SAFE_INTEGER, client: Number.MAX_SAFE_INTEGER, everything: Number.MAX_SAFE_INTEGER }

/** A refresh that races an end loses: what ended is looked up after the claim, never before it alone. */
async function checkStillGood(parts: RefreshTokenParts, family: TokenFamily, client: Client): Promise<User> {
  const { id: familyId, sessionId, userId, clientId, versions } = family
  const [hasEnded, user] = await Promise.all([
    parts.revocations.has({ jti: undefined, familyId, sessionId, userId, clientId, versions }),
    parts.users.find(userId),
  ])
  if (hasEnded || !user?.enabled || user.tokenVersion > versions.user) refuse('invalid_grant', 'the sign-in has ended')
  if (client.tokenVersion > versions.client) refuse('invalid_grant', 'the sign-in has ended')
  if (!mayKeepAccess(client, family)) refuse('invalid_grant', 'this client may not keep access any more')
  return user
}

/** A narrower scope narrows this answer only; the successor keeps the family's scopes (RFC 6749 §6). */
function readScope(form: Form): Scopes | undefined {
  const text = optional(form, 'scope')
  if (text === undefined) return undefined
  return parseScope(text) ?? refuse('invalid_scope', 'scope is not a list of scope names', { parameter: 'scope' })
}

type Wishes = { readonly wanted: Scopes | undefined; readonly form: Form; readonly client: Client }

/** What the answer covers, and for whom: what is asked for, as far as the client may have it still. */
async function chooseRights({ apis, issuer }: RefreshTokenParts, family: TokenFamily, wishes: Wishes) {
  const { wanted, form, client } = wishes
  const scopes = intersection(wanted ?? family.scopes, client.scopes)
  if (scopes.size === 0)
    refuse('invalid_scope', 'this client may have none of these scopes any more', { parameter: 'scope' })
  return { scopes, audience: await chooseAudience(apis, { resource: readResource(family, form), scopes, issuer }) }
}

/**
 * Faults of the request are found before the claim, so that they cost no rotation: a client that comes back with the
 * same token after the grace window would be taken for a thief. A plain request has none, and is spared the look.
 */
async function checkWishes(
  parts: RefreshTokenParts,
  { authentic, ...wishes }: Wishes & { readonly authentic: AuthenticRefreshToken },
): Promise<void> {
  if (wishes.wanted === undefined && optional(wishes.form, 'resource') === undefined) return
  const found = await parts.families.find(authentic.familyId)
  if (found?.generation !== authentic.generation) return
  if (wishes.wanted && !covers(found.family.scopes, wishes.wanted)) return
  await chooseRights(parts, found.family, wishes)
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
