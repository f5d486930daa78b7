import { createHash } from 'node:crypto'
import type { Audience } from '../apis/audience.ts'
import type { ClaimsRequest } from '../authorize/claims-request.ts'
import type { Client, TokenFormat } from '../clients/client.ts'
import { type Clock, later, toSeconds } from '../clock.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import { digest, random } from '../oauth/random.ts'
import { formatScope, type Scopes } from '../oauth/scope.ts'
import { pickClaims, releaseClaims, scopeOfClaim, standardScopes } from '../users/claims.ts'
import type { Json, User } from '../users/user.ts'
import type { AccessToken } from './access-token.ts'
import type { AccessTokenStore } from './access-token-store.ts'
import { encodeAccessToken } from './encode-access-token.ts'
import { requireMacKey } from './mac-key.ts'
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
  readonly user: User
  readonly family: TokenFamily
  /** The generation of the refresh token to hand out; undefined for none. */
  readonly generation: number | undefined
  /** What this answer covers; at most the family's scopes. */
  readonly scopes: Scopes
  readonly audience: Audience
  /** Only in the ID token that answers the authorization request itself. */
  readonly nonce: string | undefined
  readonly idTokenClaims: ClaimsRequest['idToken']
}

/** An access token for a client by itself (RFC 6749 §4.4). */
export type ClientOrder = { readonly client: Client; readonly audience: Audience; readonly versions: TokenVersions }

/** What minting will need: the client's algorithms, and the MAC key of the family where there is one. */
export type KeyNeed = { readonly client: Client; readonly audience: Audience; readonly macKid?: string }

export interface Mint {
  /** Fails where a key that minting needs is not here; asked before a claim, so that a failure costs nothing. */
  requireKeys(need: KeyNeed): Promise<void>
  forFamily(order: FamilyOrder): Promise<TokenResponse>
  forClient(order: ClientOrder): Promise<TokenResponse>
}

export type MintParts = {
  readonly issuer: string
  readonly clock: Clock
  readonly ring: KeyRing
  readonly sign: SignJwt
  readonly accessTokens: AccessTokenStore
  readonly lifetimes: { readonly access: number; readonly id: number; readonly longest: number }
  /** The algorithm of access tokens where neither client nor API names one. */
  readonly accessAlg: string
}

/** Makes the mint: everything that is handed out at the token endpoint is made here. */
export function openMint(parts: MintParts): Mint {
  return {
    requireKeys: (need) => requireKeys(parts, need),
    async forFamily(order) {
      const now = parts.clock.now()
      const access = await issueAccessToken(parts, order.client, describeForFamily(parts, order, now), order.audience)
      const refreshToken = order.generation === undefined ? undefined : await successor(parts, order, order.generation)
      const idToken = order.scopes.has('openid') ? await idTokenFor(parts, order, access, now) : undefined
      return {
        access_token: access,
        token_type: 'Bearer',
        expires_in: lifetimeOf(parts, order.audience),
        scope: formatScope(meaningOf(order)),
        ...(idToken ? { id_token: idToken } : {}),
        ...(refreshToken ? { refresh_token: refreshToken } : {}),
      }
    },
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

/** The scopes of this answer: those of its token, and the standard ones it was granted, but of no other API (RFC 6749 §5.1). */
function meaningOf({ scopes, audience }: FamilyOrder): Scopes {
  return new Set([...scopes].filter((scope) => audience.scopes.has(scope) || standardScopes.includes(scope)))
}

async function requireKeys(parts: MintParts, { client, audience, macKid }: KeyNeed): Promise<void> {
  const now = parts.clock.now()
  signerOf(parts.ring, client.idTokenAlg, now)
  if (formatOf(client, audience) === 'jwt') signerOf(parts.ring, accessAlgOf(parts, client, audience), now)
  if (macKid !== undefined) await requireMacKey(parts.ring, macKid)
}

function formatOf(client: Client, { api }: Audience): TokenFormat {
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
function describeForFamily(parts: MintParts, { client, user, family, audience }: FamilyOrder, now: Date): AccessToken {
  const wishes = audience.api ? [] : family.userinfoClaims.filter((claim) => mayAskFor(client, claim))
  const released = [...audience.scopes].filter(
    (scope) => !standardScopes.includes(scope) || scope === 'roles' || scope === 'groups',
  )
  return {
    ...blank(parts, audience, now),
    sub: user.sub,
    clientId: client.id,
    authTime: family.authTime,
    acr: family.acr,
    amr: family.amr,
    sid: family.sessionId,
    familyId: family.id,
    versions: family.versions,
    claims: { ...releaseClaims(user, new Set(released)), ...(wishes.length > 0 ? { uic: wishes } : {}) },
  }
}

/** A claim asked for by name is released only as long as the client may have its scope. */
function mayAskFor(client: Client, claim: string): boolean {
  return client.scopes.has(scopeOfClaim(claim))
}

async function issueAccessToken(
  parts: MintParts,
  client: Client,
  token: AccessToken,
  audience: Audience,
): Promise<string> {
  if (formatOf(client, audience) === 'opaque') {
    const secret = random('at_')
    await parts.accessTokens.put(digest(secret), token)
    return secret
  }
  return encodeAccessToken(parts.sign, parts.issuer, token, accessAlgOf(parts, client, audience))
}

/** Every successor of a family is computed under the key that its record names, so that a retry meets the same one. */
async function successor({ issuer, ring }: MintParts, { family }: FamilyOrder, generation: number): Promise<string> {
  const key = await requireMacKey(ring, family.macKid)
  return writeRefreshToken(key, { issuer, familyId: family.id, generation, clientId: family.clientId })
}

/** OpenID Connect Core §2, §3.1.3.6. Claims asked for by name are added; the protocol's own always win. */
function idTokenFor(parts: MintParts, order: FamilyOrder, access: string, now: Date): Promise<string> {
  const { client, user, family } = order
  const wished: { readonly [name: string]: Json } = pickClaims(
    user,
    Object.keys(order.idTokenClaims).filter((claim) => mayAskFor(client, claim)),
  )
  return parts.sign({
    typ: 'JWT',
    alg: client.idTokenAlg,
    issuedAt: now,
    expiresAt: later(now, parts.lifetimes.id),
    claims: {
      ...wished,
      iss: parts.issuer,
      sub: user.sub,
      aud: client.id,
      auth_time: toSeconds(family.authTime),
      nonce: order.nonce,
      acr: family.acr,
      amr: family.amr,
      sid: family.sid,
      at_hash: halfHash(access, client.idTokenAlg),
    },
  })
}

/** The left half of the token's hash, by the hash of the ID token's algorithm (Core §3.1.3.6); Ed25519 uses SHA-512. */
function halfHash(token: string, alg: string): string {
  const whole = createHash(alg === 'EdDSA' ? 'sha512' : 'sha256')
    .update(token, 'ascii')
    .digest()
  return whole.subarray(0, whole.length / 2).toString('base64url')
}
