import type { ApiStore } from '../apis/api.ts'
import { chooseAudience } from '../apis/audience.ts'
import type { Audit } from '../audit/audit.ts'
import type { AuthorizationCode, CodeStore, SpentCode } from '../authorize/authorization-code.ts'
import type { ConsentStore } from '../authorize/consent.ts'
import { type Client, isPublic } from '../clients/client.ts'
import { type Clock, later } from '../clock.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { refuse } from '../oauth/error.ts'
import { type Form, optional, required } from '../oauth/form.ts'
import type { Origin } from '../oauth/origin.ts'
import { verifierMatches } from '../oauth/pkce.ts'
import { digest } from '../oauth/random.ts'
import { covers, intersection } from '../oauth/scope.ts'
import type { Endings } from '../tokens/end.ts'
import type { FactStore } from '../tokens/fact-store.ts'
import type { Mint } from '../tokens/mint.ts'
import type { RevocationStore } from '../tokens/revocation-store.ts'
import type { FamilyStore, TokenFamily } from '../tokens/token-family.ts'
import type { User } from '../users/user.ts'
import type { UserStore } from '../users/user-store.ts'
import type { Grant } from './grant.ts'

export type AuthorizationCodeParts = {
  readonly issuer: string
  readonly clock: Clock
  readonly codes: CodeStore
  readonly families: FamilyStore
  readonly facts: FactStore
  readonly revocations: RevocationStore
  readonly users: UserStore
  readonly consents: ConsentStore
  readonly apis: ApiStore
  readonly ring: KeyRing
  readonly mint: Mint
  readonly endings: Endings
  readonly audit: Audit
  /** Seconds; no family lives longer, and one that is bound to its session no longer than that. */
  readonly refreshAbsolute: number
}

/** RFC 6749 §4.1.3 with RFC 7636 §4.6. Look, check, claim, mint. */
export function authorizationCodeGrant(parts: AuthorizationCodeParts): Grant {
  return {
    type: 'authorization_code',

    async redeem({ client, form, origin }) {
      const codeHash = digest(required(form, 'code'))
      const code = await look(parts, codeHash, client, origin)
      checkBinding(code, form)
      const user = await checkPerson(parts, code, client)
      const audience = await chooseAudience(parts.apis, {
        resource: readResource(code, form),
        scopes: code.scopes,
        issuer: parts.issuer,
      })

      await parts.mint.requireKeys({ client, audience })

      const claim = await parts.codes.claim(codeHash)
      if (claim.outcome === 'replayed') return endWhatItBegan(parts, code, client, origin)
      if (claim.outcome === 'refused') refuse('invalid_grant', 'the code is not valid any more')
      const family = await beginFamily(parts, code, client)
      await parts.audit.record('token.issued', {
        userId: user.sub,
        clientId: client.id,
        sessionId: code.sessionId,
        familyId: family.id,
        origin,
        details: { grant: 'authorization_code', audience: audience.audience },
      })
      return parts.mint.forFamily({
        client,
        user,
        family,
        generation: client.grantTypes.has('refresh_token') ? 1 : undefined,
        scopes: code.scopes,
        audience,
        nonce: code.nonce,
        idTokenClaims: code.claims.idToken,
      })
    },
  }
}

/** Finds the code and whose it is. A code that another, authenticated client brings is burned: it has leaked (RFC 9700 §4.5). */
async function look(
  parts: AuthorizationCodeParts,
  codeHash: string,
  client: Client,
  origin: Origin,
): Promise<AuthorizationCode> {
  const found = await parts.codes.find(codeHash)
  if (!found) refuse('invalid_grant', 'the code is not valid')
  const { code, spent } = found
  if (code.clientId !== client.id) {
    if (isPublic(client)) refuse('invalid_grant', 'the code is not valid')
    await parts.codes.claim(codeHash)
    await parts.audit.record('code.leaked', {
      outcome: 'failure',
      clientId: client.id,
      userId: code.userId,
      origin,
      details: { issuedTo: code.clientId },
    })
    refuse('invalid_grant', 'the code is not valid')
  }
  if (spent) return endWhatItBegan(parts, code, client, origin)
  // What the operator took from the client since the request is not handed out.
  return { ...code, scopes: intersection(code.scopes, client.scopes) }
}

/** What the code is bound to: the redirect URI, and the challenge that its request sent, or its absence. */
function checkBinding(code: AuthorizationCode, form: Form): void {
  if (optional(form, 'redirect_uri') !== code.redirectUri) {
    refuse('invalid_grant', 'redirect_uri is not the one of the authorization request', { parameter: 'redirect_uri' })
  }
  const verifier = optional(form, 'code_verifier')
  if (code.codeChallenge === undefined) {
    if (verifier === undefined) return
    refuse('invalid_grant', 'code_verifier without a code_challenge', { parameter: 'code_verifier' })
  }
  if (verifier === undefined || !verifierMatches(verifier, code.codeChallenge)) {
    refuse('invalid_grant', 'code_verifier does not match', { parameter: 'code_verifier' })
  }
}

/** What may have changed since the person was asked: they, or what they allowed. */
async function checkPerson(parts: AuthorizationCodeParts, code: AuthorizationCode, client: Client): Promise<User> {
  const [user, isStillAllowed] = await Promise.all([parts.users.find(code.userId), isAllowed(parts, code, client)])
  if (!user?.enabled || user.tokenVersion > code.versions.user)
    refuse('invalid_grant', 'the person cannot be signed in any more')
  if (client.tokenVersion > code.versions.client) refuse('invalid_grant', 'the code is not valid any more')
  if (!isStillAllowed) refuse('invalid_grant', 'consent has been withdrawn')
  if (code.scopes.size === 0) refuse('invalid_grant', 'this client may have none of these scopes any more')
  return user
}

async function isAllowed(
  { consents }: AuthorizationCodeParts,
  code: AuthorizationCode,
  client: Client,
): Promise<boolean> {
  const asked = client.firstParty ? intersection(code.scopes, new Set(['offline_access'])) : code.scopes
  if (asked.size === 0) return true
  const consent = await consents.find(code.userId, client.id)
  return consent !== undefined && covers(consent.scopes, asked)
}

/** One `resource` per token; it may choose among what was authorized, never widen it (RFC 8707 §2.2). */
function readResource(code: AuthorizationCode, form: Form): string | undefined {
  const resource = optional(form, 'resource')
  if (resource !== undefined && code.resource !== undefined && resource !== code.resource) {
    refuse('invalid_target', 'the authorization request named another resource', { parameter: 'resource' })
  }
  return resource ?? code.resource
}

/** A code that comes back is in two hands: whatever it began ends (RFC 6749 §4.1.2), and only then is it refused. */
async function endWhatItBegan(
  parts: AuthorizationCodeParts,
  code: SpentCode,
  client: Client,
  origin: Origin,
): Promise<never> {
  await parts.endings.family(code.familyId, 'code_replayed')
  const { userId, familyId, sessionId } = code
  await parts.audit.record('code.replayed', {
    outcome: 'failure',
    userId,
    clientId: client.id,
    familyId,
    sessionId,
    origin,
  })
  return refuse('invalid_grant', 'the code was used before')
}

/**
 * Begins the family: in SQL first, then where it lives. What ended since the code was issued is seen last, but for the
 * family itself: where a replay was faster than the birth the family is born dead, and so is what is answered. Of all
 * who bring one code exactly one is told success, and nothing of it lives (RFC 6749 §4.1.2).
 */
async function beginFamily(
  parts: AuthorizationCodeParts,
  code: AuthorizationCode,
  client: Client,
): Promise<TokenFamily> {
  const now = parts.clock.now()
  const isOffline = code.scopes.has('offline_access')
  const family: TokenFamily = {
    id: code.familyId,
    clientId: client.id,
    userId: code.userId,
    sessionId: isOffline ? undefined : code.sessionId,
    sid: code.sessionId,
    scopes: code.scopes,
    resource: code.resource,
    authTime: code.authTime,
    amr: code.amr,
    acr: code.acr,
    userinfoClaims: Object.keys(code.claims.userinfo),
    versions: code.versions,
    macKid: parts.ring.macKey(now).kid,
    createdAt: now,
    expiresAt: earlier(later(now, parts.refreshAbsolute), isOffline ? undefined : code.sessionExpiresAt),
  }
  await parts.facts.beginFamily({ ...family, endedAt: undefined, endReason: undefined })
  await parts.families.begin(family)
  const { userId, clientId, versions } = family
  const { sessionId } = code
  const but = { jti: undefined, familyId: undefined }
  if (await parts.revocations.has({ ...but, sessionId, userId, clientId, versions }))
    refuse('invalid_grant', 'the sign-in has ended meanwhile')
  // A withdrawal ends the families that it finds; one that began too late to be found sees that the consent is gone.
  if (!(await isAllowed(parts, code, client))) refuse('invalid_grant', 'consent has been withdrawn')
  return family
}

function earlier(one: Date, other: Date | undefined): Date {
  return other !== undefined && other < one ? other : one
}
