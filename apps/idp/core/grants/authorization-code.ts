import type { ApiStore } from '../apis/api.ts'
import { chooseAudience } from '../apis/audience.ts'
import type { Audit } from '../audit/audit.ts'
import { type AuthorizationCode, type CodeStore, type SpentCode, signInOf } from '../authorize/authorization-code.ts'
import type { ConsentStore } from '../authorize/consent.ts'
import { isStillAllowed } from '../authorize/still-allowed.ts'
import { type Client, isPublic } from '../clients/client.ts'
import { refuse } from '../oauth/error.ts'
import { type Form, optional, required } from '../oauth/form.ts'
import type { Origin } from '../oauth/origin.ts'
import { verifierMatches } from '../oauth/pkce.ts'
import { digest } from '../oauth/random.ts'
import { intersection } from '../oauth/scope.ts'
import type { BeginFamily } from '../tokens/begin-family.ts'
import type { Endings } from '../tokens/end.ts'
import type { Mint } from '../tokens/mint.ts'
import type { FamilyStore, TokenFamily } from '../tokens/token-family.ts'
import type { User } from '../users/user.ts'
import type { UserStore } from '../users/user-store.ts'
import type { Grant } from './grant.ts'

export type AuthorizationCodeParts = {
  readonly issuer: string
  readonly codes: CodeStore
  readonly families: Pick<FamilyStore, 'find'>
  readonly users: UserStore
  readonly consents: ConsentStore
  readonly apis: ApiStore
  readonly mint: Mint
  readonly endings: Endings
  readonly audit: Audit
  readonly beginFamily: BeginFamily
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
      const family = await beginFamily(parts, code, { client, user })
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
  const [user, isAllowed] = await Promise.all([
    parts.users.find(code.userId),
    isStillAllowed(parts.consents, code, client),
  ])
  if (!user?.enabled || user.tokenVersion > code.versions.user)
    refuse('invalid_grant', 'the person cannot be signed in any more')
  if (client.tokenVersion > code.versions.client) refuse('invalid_grant', 'the code is not valid any more')
  if (!isAllowed) refuse('invalid_grant', 'consent has been withdrawn')
  if (code.scopes.size === 0) refuse('invalid_grant', 'this client may have none of these scopes any more')
  return user
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
 * Begins the family, or goes on with the one that began with the answer. Of all who bring one code exactly one is told
 * success, and where a replay was faster nothing of it lives (RFC 6749 §4.1.2).
 */
async function beginFamily(
  parts: AuthorizationCodeParts,
  code: AuthorizationCode,
  { client, user }: { readonly client: Client; readonly user: User },
): Promise<TokenFamily> {
  const family = code.hasBegun ? await findBegun(parts, code) : await parts.beginFamily(signInOf(code, user))
  if (!family) refuse('invalid_grant', 'the sign-in has ended meanwhile')
  // A withdrawal ends the families that it finds; one that began too late to be found sees that the consent is gone.
  if (!(await isStillAllowed(parts.consents, code, client))) refuse('invalid_grant', 'consent has been withdrawn')
  return family
}

/** The family that began with the answer, unless it has ended, or was lost with the store's memory. */
async function findBegun({ families }: AuthorizationCodeParts, code: AuthorizationCode) {
  const found = await families.find(code.familyId)
  return found === 'lost' ? undefined : found?.family
}
