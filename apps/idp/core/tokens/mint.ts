import type { Audience } from '../apis/audience.ts'
import type { ClaimsRequest } from '../authorize/claims-request.ts'
import type { Client, TokenFormat } from '../clients/client.ts'
import { type Clock, later } from '../clock.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { random } from '../oauth/random.ts'
import { formatScope, type Scopes } from '../oauth/scope.ts'
import { releaseClaims, scopesOfEveryAudience, standardScopes } from '../users/claims.ts'
import type { User } from '../users/user.ts'
import type { AccessToken } from './access-token.ts'
import { encodeAccessToken } from './encode-access-token.ts'
import type { ClientEncryption } from './encrypt-for-client.ts'
import { type MakeIdToken, mayAskFor } from './id-token.ts'
import { requireMacKey } from './mac-key.ts'
import { sealAccessToken } from './opaque-token.ts'
import { writeRefreshToken } from './refresh-token.ts'
import { type SignJwt, signerOf } from './sign.ts'
import type { TokenFamily, TokenVersions } from './token-family.ts'

/** What the token endpoint answers (RFC 6749 §5.1; OpenID Connect Core §3.1.3.3). */
export type TokenResponse = {
  readonly access_token: string
  readonly token_type: 'Bearer'
  readonly expires_in: number
  readonly scope: string
  readonly id_token?: string
  readonly refresh_token?: string
}

/** Tokens for a person's sign-in at a client. */
export type FamilyOrder = {
  readonly client: Client
  /** Undefined where no claim of theirs is asked for: see {@link releasesClaims}. */
  readonly user: User | undefined
  readonly family: TokenFamily
  /** The generation of the refresh token to hand out; undefined for none. */
  readonly generation: number | undefined
  /** What this answer covers; at most the family's scopes. */
  readonly scopes: Scopes
  readonly audience: Audience
  /** Only in the ID token that answers the authorization request itself. */
  readonly nonce: string | undefined
  /** The claims that the `claims` parameter asks of the ID token. */
  readonly idTokenClaims: ClaimsRequest['idToken']
}

/** What the authorization endpoint hands out itself (Core §3.2.2.5, §3.3.2.5): never a refresh token. */
export type AnswerTokens = Partial<Omit<TokenResponse, 'refresh_token'>>

/** Tokens for an answer of the authorization endpoint. */
export type AnswerOrder = Omit<FamilyOrder, 'generation' | 'audience'> & {
  /** Whom the access token is for; undefined for none. */
  readonly audience: Audience | undefined
  readonly wantsIdToken: boolean
  /** What stands beside them in the answer. */
  readonly code: string | undefined
  readonly state: string | undefined
}

/** An access token for a client by itself (RFC 6749 §4.4). */
export type ClientOrder = { readonly client: Client; readonly audience: Audience; readonly versions: TokenVersions }

/** Whether a token for this audience carries claims of the person, so that their record is needed to make it. */
export function releasesClaims(audience: Audience): boolean {
  return claimScopes(audience).size > 0
}

/** What minting will need: the client's algorithms and its own key to encrypt to, and the MAC key of the family where there is one. */
export type KeyNeed = {
  readonly client: Client
  /** Undefined where no access token is made. */
  readonly audience: Audience | undefined
  readonly macKid?: string
}

export interface Mint {
  /** Fails or refuses where a key that minting needs is not here; asked before a claim, so that a failure costs nothing. */
  requireKeys(need: KeyNeed): Promise<void>
  forFamily(order: FamilyOrder): Promise<TokenResponse>
  forAnswer(order: AnswerOrder): Promise<AnswerTokens>
  forClient(order: ClientOrder): Promise<TokenResponse>
}

export type MintParts = {
  readonly issuer: string
  readonly clock: Clock
  readonly ring: KeyRing
  readonly sign: SignJwt
  readonly makeIdToken: MakeIdToken
  readonly encryption: Pick<ClientEncryption, 'requireKey'>
  readonly lifetimes: { readonly access: number; readonly longest: number }
  /** The algorithm of access tokens where neither client nor API names one. */
  readonly accessAlg: string
}

/** Makes the mint: everything that is handed out is made here. */
export function openMint(parts: MintParts): Mint {
  return {
    requireKeys: (need) => requireKeys(parts, need),
    async forFamily(order) {
      const now = parts.clock.now()
      const handed = await handOut(parts, order, now)
      const refreshToken = order.generation === undefined ? undefined : await successor(parts, order, order.generation)
      const beside = { accessToken: handed.access_token }
      const isAsked = order.scopes.has('openid')
      const idToken = isAsked && (await parts.makeIdToken({ ...order, signIn: order.family, beside }, now))
      return { ...handed, ...(idToken && { id_token: idToken }), ...(refreshToken && { refresh_token: refreshToken }) }
    },
    forAnswer: (order) => tokensForAnswer(parts, order),
    async forClient({ client, audience, versions }) {
      const now = parts.clock.now()
      const token: AccessToken = {
        ...blank(parts, audience, now),
        sub: client.id,
        clientId: client.id,
        versions,
      }
      const access = await issueAccessToken(parts, client, token, audience)
      const expiresIn = lifetimeOf(parts, audience)
      return { access_token: access, token_type: 'Bearer', expires_in: expiresIn, scope: formatScope(audience.scopes) }
    },
  }
}

/** Claims of the scopes stand in an ID token that comes with nothing beside it: no access token will ever fetch them. */
async function tokensForAnswer(parts: MintParts, order: AnswerOrder): Promise<AnswerTokens> {
  const { family, scopes, audience, code, state } = order
  const now = parts.clock.now()
  const handed = audience && (await handOut(parts, { ...order, audience }, now))
  if (!order.wantsIdToken) return { ...handed }
  const claimsOf = handed || code !== undefined ? undefined : scopes
  const beside = { accessToken: handed?.access_token, code, state }
  return { ...handed, id_token: await parts.makeIdToken({ ...order, signIn: family, beside, claimsOf }, now) }
}

type Handed = Pick<FamilyOrder, 'client' | 'user' | 'family' | 'scopes' | 'audience'>

/** An access token for a sign-in, and what has to be said of it. */
async function handOut(parts: MintParts, order: Handed, now: Date) {
  const { client, audience } = order
  return {
    access_token: await issueAccessToken(parts, client, describeForFamily(parts, order, now), audience),
    token_type: 'Bearer',
    expires_in: lifetimeOf(parts, audience),
    scope: formatScope(meaningOf(order)),
  } as const
}

/** The scopes of this answer: those of its token, and the standard ones it was granted, but of no other API (RFC 6749 §5.1). */
function meaningOf({ scopes, audience }: Handed): Scopes {
  return new Set([...scopes].filter((scope) => audience.scopes.has(scope) || standardScopes.includes(scope)))
}

async function requireKeys(parts: MintParts, { client, audience, macKid }: KeyNeed): Promise<void> {
  const now = parts.clock.now()
  signerOf(parts.ring, client.idTokenAlg, now)
  await parts.encryption.requireKey(client, client.idTokenEncryption)
  if (!audience) return
  if (formatOf(client, audience) === 'jwt') signerOf(parts.ring, accessAlgOf(parts, client, audience), now)
  else parts.ring.macKey(now)
  if (macKid !== undefined) await requireMacKey(parts.ring, macKid)
}

/** A client that knows people by pairwise subjects cannot read its tokens: they hold the subject that APIs see (docs/decisions/0021). */
function formatOf(client: Client, { api }: Audience): TokenFormat {
  if (client.subjectType === 'pairwise') return 'opaque'
  return client.accessTokenFormat ?? api?.tokenFormat ?? 'jwt'
}

function accessAlgOf({ accessAlg }: MintParts, client: Client, { api }: Audience): string {
  return client.accessTokenAlg ?? api?.alg ?? accessAlg
}

function lifetimeOf({ lifetimes }: MintParts, { api }: Audience): number {
  return Math.min(api?.lifetime ?? lifetimes.access, lifetimes.longest)
}

function blank(parts: MintParts, audience: Audience, now: Date) {
  return {
    jti: random('', 16),
    audience: audience.audience,
    scopes: audience.scopes,
    issuedAt: now,
    expiresAt: later(now, lifetimeOf(parts, audience)),
    authTime: undefined,
    acr: undefined,
    amr: [],
    sid: undefined,
    familyId: undefined,
    claims: {},
  } satisfies Partial<AccessToken>
}

/** `sid` stands in the token only where it ends with the session; roles and the like are released by their scopes. */
function describeForFamily(parts: MintParts, { client, user, family, audience }: Handed, now: Date): AccessToken {
  const wishes = audience.api ? [] : family.userinfoClaims.filter((claim) => mayAskFor(client, claim))
  return {
    ...blank(parts, audience, now),
    sub: family.userId,
    clientId: client.id,
    authTime: family.authTime,
    acr: family.acr,
    amr: family.amr,
    sid: family.sessionId,
    familyId: family.id,
    versions: family.versions,
    claims: { ...(user && releaseClaims(user, claimScopes(audience))), ...(wishes.length > 0 ? { uic: wishes } : {}) },
  }
}

/** The scopes that bring claims of a person into a token: roles, groups, and every one that is not standard. */
function claimScopes({ scopes }: Audience): Scopes {
  return new Set([...scopes].filter((scope) => !standardScopes.includes(scope) || scopesOfEveryAudience.has(scope)))
}

async function issueAccessToken(
  parts: MintParts,
  client: Client,
  token: AccessToken,
  audience: Audience,
): Promise<string> {
  if (formatOf(client, audience) === 'opaque')
    return sealAccessToken(parts.ring.macKey(token.issuedAt), parts.issuer, token)
  return encodeAccessToken(parts.sign, parts.issuer, token, accessAlgOf(parts, client, audience))
}

/** Every successor of a family is computed under the key that its record names, so that a retry meets the same one. */
async function successor({ issuer, ring }: MintParts, { family }: FamilyOrder, generation: number): Promise<string> {
  const key = await requireMacKey(ring, family.macKid)
  return writeRefreshToken(key, { issuer, familyId: family.id, generation, clientId: family.clientId })
}
