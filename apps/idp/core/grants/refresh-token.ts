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
import { type FamilyStore, mayKeepAccess, type TokenFamily } from '../tokens/token-family.ts'
import type { User } from '../users/user.ts'
import type { UserStore } from '../users/user-store.ts'
import { acceptRotation } from './accept-rotation.ts'
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
      const asked = { wanted, form, client }
      const prepared = await prepare(parts, authentic, asked)

      const { idle, grace, gracePublic } = parts.rules
      const rules = { idle, grace: isPublic(client) ? gracePublic : grace }
      const rotation = await parts.families.rotate({ ...authentic, from: fingerprint(origin) }, wanted, rules)
      const { family, generation } = await acceptRotation(parts, rotation, { authentic, client, origin })
      await refuseEnded(parts, family)

      const { user, scopes, audience } = prepared ?? (await checkAll(parts, family, asked))
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

/** A refresh that races an end loses: what ended is looked up after the claim, never before it alone. */
async function refuseEnded({ revocations }: RefreshTokenParts, family: TokenFamily): Promise<void> {
  const { id: familyId, sessionId, userId, clientId, versions } = family
  const hasEnded = await revocations.has({ jti: undefined, familyId, sessionId, userId, clientId, versions })
  if (hasEnded) refuse('invalid_grant', 'the sign-in has ended')
}

/** The person, if they and the client may still have what the family was begun for. */
async function checkPerson({ users }: RefreshTokenParts, family: TokenFamily, client: Client): Promise<User> {
  const { userId, versions } = family
  const user = await users.find(userId)
  if (!user?.enabled || user.tokenVersion > versions.user) refuse('invalid_grant', 'the sign-in has ended')
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

/** Everything that can be refused, or fail, but for the race: the person, the client's rights, the audience, the keys. */
async function checkAll(parts: RefreshTokenParts, family: TokenFamily, wishes: Wishes) {
  const user = await checkPerson(parts, family, wishes.client)
  const { scopes, audience } = await chooseRights(parts, family, wishes)
  await parts.mint.requireKeys({ client: wishes.client, audience, macKid: family.macKid })
  return { user, scopes, audience }
}

/**
 * Does all that can be refused or fail before the claim, so that it costs no rotation: whoever comes back with the same
 * token after the grace window would be taken for a thief. Undefined where the store alone can tell what this token is.
 */
async function prepare(parts: RefreshTokenParts, authentic: AuthenticRefreshToken, wishes: Wishes) {
  const { familyId, generation, macKid } = authentic
  const found = await parts.families.find(familyId)
  if (found?.family.macKid !== macKid) return undefined
  if (!found || (found.generation !== generation && found.generation !== generation + 1)) return undefined
  if (wishes.wanted && !covers(found.family.scopes, wishes.wanted)) return undefined
  return checkAll(parts, found.family, wishes)
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
