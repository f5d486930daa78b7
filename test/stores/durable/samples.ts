import type { Api } from '#core/apis/api.ts'
import type { AuditEvent } from '#core/audit/audit-event.ts'
import type { Client } from '#core/clients/client.ts'
import { plainDetails } from '#core/clients/client-details.ts'
import type { StoredMacKey, StoredSigningKey } from '#core/keys/stored-ring.ts'
import type { LogoutNotice } from '#core/logout/notice-store.ts'
import type { InitialToken } from '#core/registration/initial-token.ts'
import type { End, FamilyFact, SessionFact } from '#core/tokens/fact-store.ts'
import type { User } from '#core/users/user.ts'

/** A moment with milliseconds, so that a store that drops them is seen. */
export const noon = new Date('2026-03-01T12:00:00.123Z')

export function seconds(count: number): Date {
  return new Date(noon.getTime() + count * 1000)
}

export function aUser(parts: Partial<User> = {}): User {
  return {
    sub: 'usr_1',
    username: 'Ada',
    email: undefined,
    emailVerified: false,
    passwordHash: undefined,
    claims: {},
    enabled: true,
    tokenVersion: 0,
    createdAt: noon,
    updatedAt: noon,
    revision: 1,
    ...parts,
  }
}

export function aClient(parts: Partial<Client> = {}): Client {
  return {
    id: 'shop',
    name: 'Shop',
    applicationType: 'web',
    redirectUris: ['https://shop.example/callback'],
    postLogoutRedirectUris: [],
    grantTypes: new Set(['authorization_code']),
    authentication: { method: 'none' },
    scopes: new Set(['openid']),
    firstParty: false,
    accessTokenFormat: undefined,
    accessTokenAlg: undefined,
    idTokenAlg: 'RS256',
    resourceServerOf: undefined,
    clientUri: undefined,
    logoUri: undefined,
    policyUri: undefined,
    tosUri: undefined,
    jwks: undefined,
    jwksUri: undefined,
    tokenEndpointAuthSigningAlg: undefined,
    ...plainDetails(['authorization_code']),
    enabled: true,
    tokenVersion: 0,
    createdAt: noon,
    revision: 1,
    ...parts,
  }
}

export function anInitialToken(parts: Partial<InitialToken> = {}): InitialToken {
  return {
    id: 'reg_1',
    hash: 'hash',
    uses: 1,
    scopes: undefined,
    clientCredentials: false,
    createdAt: noon,
    expiresAt: seconds(60),
    ...parts,
  }
}

export function anApi(parts: Partial<Api> = {}): Api {
  return {
    audience: 'https://api.example/',
    scopes: new Map([['orders.read', 'See your orders']]),
    tokenFormat: 'jwt',
    alg: undefined,
    lifetime: undefined,
    createdAt: noon,
    revision: 1,
    ...parts,
  }
}

export function aSession(parts: Partial<SessionFact> = {}): SessionFact {
  return {
    id: 'session',
    userId: 'usr_1',
    authTime: noon,
    amr: ['pwd'],
    createdAt: noon,
    expiresAt: seconds(3600),
    address: '192.0.2.1',
    agent: 'Browser/1',
    secretHash: 'digest',
    lastUsedAt: noon,
    userVersion: 2,
    everythingVersion: 3,
    endedAt: undefined,
    endReason: undefined,
    ...parts,
  }
}

export function aFamily(parts: Partial<FamilyFact> = {}): FamilyFact {
  return {
    id: 'family',
    clientId: 'shop',
    userId: 'usr_1',
    sessionId: 'session',
    sid: parts.sessionId ?? 'session',
    scopes: new Set(['openid', 'email']),
    resource: undefined,
    authTime: noon,
    amr: ['pwd'],
    acr: undefined,
    userinfoClaims: [],
    versions: { user: 4, client: 5, everything: 6 },
    macKid: 'mac-1',
    generation: 1,
    rotatedAt: noon,
    createdAt: noon,
    expiresAt: seconds(3600),
    endedAt: undefined,
    endReason: undefined,
    ...parts,
  }
}

export function anEnd(parts: Partial<End> = {}): End {
  return {
    kind: 'family',
    id: 'family',
    version: undefined,
    reason: 'revoked_by_client',
    at: seconds(10),
    until: seconds(3600),
    ...parts,
  }
}

export function aNotice(parts: Partial<LogoutNotice> = {}): LogoutNotice {
  return {
    sid: 'session',
    clientId: 'shop',
    userId: 'usr_1',
    at: noon,
    attempts: 0,
    nextAt: noon,
    deliveredAt: undefined,
    failure: undefined,
    ...parts,
  }
}

export function anEvent(parts: Partial<AuditEvent> = {}): AuditEvent {
  return {
    id: '01999999-0000-7000-8000-000000000001',
    at: noon,
    event: 'sign_in.succeeded',
    outcome: 'success',
    actor: 'user:usr_1',
    userId: undefined,
    clientId: undefined,
    sessionId: undefined,
    familyId: undefined,
    address: undefined,
    agent: undefined,
    requestId: undefined,
    details: {},
    ...parts,
  }
}

export function aSigningKey(parts: Partial<StoredSigningKey> = {}): StoredSigningKey {
  return {
    use: 'sig',
    alg: 'ES256',
    kid: 'kid-1',
    createdAt: noon,
    signsFrom: seconds(60),
    tokenLife: 600,
    sealed: 'eyJ.sealed',
    publicJwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
    compromisedAt: undefined,
    ...parts,
  }
}

export function aMacKey(parts: Partial<StoredMacKey> = {}): StoredMacKey {
  const { use: _use, alg: _alg, publicJwk: _jwk, compromisedAt: _at, ...base } = aSigningKey()
  return { ...base, kid: 'mac-1', use: 'mac', alg: 'HS256', tokenLife: 7776000, ...parts }
}
