import { randomUUID } from 'node:crypto'
import type { AuthorizationCode } from '#core/authorize/authorization-code.ts'
import type { AuthorizationRequest } from '#core/authorize/authorization-request.ts'
import { later } from '#core/clock.ts'
import type { Session } from '#core/sessions/session.ts'
import type { Revocable } from '#core/tokens/revocation-store.ts'
import type { TokenFamily } from '#core/tokens/token-family.ts'

/** What a store has; fails where it has lost it, or has none. */
export function here<Found>(found: Found | 'lost' | undefined): Found {
  if (found === undefined || found === 'lost') throw new Error(`not here: ${found ?? 'none'}`)
  return found
}

const versions = { user: 1, client: 1, everything: 0 }

/** Claims that a careless store would lose: names it might use itself, dates in words, nothing, nested things. */
const awkward = {
  expiresAt: 12,
  scopes: ['a'],
  when: '2026-01-01T00:00:00.000Z',
  none: null,
  empty: [],
  deep: { '': {} },
}

export function aRequest(now: Date, changes: Partial<AuthorizationRequest> = {}): AuthorizationRequest {
  return {
    id: `ref_${randomUUID()}`,
    clientId: 'a client, with \n an odd "name" {b00}',
    redirectUri: 'https://app.example/callback?a=b',
    state: 'ståte ☃',
    responseType: 'code',
    responseMode: 'query',
    scopes: new Set(['openid', 'profile']),
    resource: undefined,
    nonce: undefined,
    codeChallenge: 'c'.repeat(43),
    prompt: ['login', 'consent'],
    maxAge: 0,
    loginHint: 'anna',
    hintedSub: undefined,
    acrValues: [],
    uiLocales: ['de', 'en'],
    claims: { userinfo: { email: { essential: true } }, idToken: { custom: { values: [awkward] } } },
    receivedAt: now,
    expiresAt: later(now, 600),
    browserHash: undefined,
    chosenSessionId: undefined,
    ...changes,
  }
}

export function aCode(now: Date, changes: Partial<AuthorizationCode> = {}): AuthorizationCode {
  return {
    clientId: 'app',
    userId: 'user-1',
    sessionId: 'session-1',
    sessionExpiresAt: later(now, 3600),
    redirectUri: 'https://app.example/callback',
    codeChallenge: undefined,
    scopes: new Set(['openid']),
    resource: 'https://api.example/',
    nonce: 'n',
    authTime: later(now, -5),
    amr: ['pwd'],
    acr: undefined,
    claims: { userinfo: {}, idToken: {} },
    familyId: `family-${randomUUID()}`,
    hasBegun: false,
    versions,
    expiresAt: later(now, 60),
    ...changes,
  }
}

export function aSession(now: Date, changes: Partial<Session> = {}): Session {
  return {
    id: `session-${randomUUID()}`,
    userId: 'user-1',
    authTime: now,
    amr: ['pwd', 'otp'],
    createdAt: now,
    lastUsedAt: now,
    expiresAt: later(now, 10 * 3600),
    userVersion: 3,
    everythingVersion: 0,
    ...changes,
  }
}

export function aFamily(now: Date, changes: Partial<TokenFamily> = {}): TokenFamily {
  return {
    id: `family-${randomUUID()}`,
    clientId: 'app',
    userId: 'user-1',
    sessionId: 'session-1',
    sid: 'session-1',
    scopes: new Set(['openid', 'api:read', 'api:write']),
    resource: undefined,
    authTime: now,
    amr: [],
    acr: undefined,
    userinfoClaims: ['email'],
    versions,
    macKid: 'mac-1',
    createdAt: now,
    expiresAt: later(now, 90 * 86_400),
    ...changes,
  }
}

export function aRevocable(changes: Partial<Revocable> = {}): Revocable {
  const id = randomUUID()
  return {
    jti: `jti-${id}`,
    familyId: `family-${id}`,
    sessionId: `session-${id}`,
    userId: `user-${id}`,
    clientId: `client-${id}`,
    versions: { user: 3, client: 5, everything: 1_000 },
    ...changes,
  }
}
