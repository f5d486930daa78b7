import type { AuthorizationCode, SpentCode } from '#core/authorize/authorization-code.ts'
import type { AuthorizationRequest } from '#core/authorize/authorization-request.ts'
import type { Session } from '#core/sessions/session.ts'
import type { TokenFamily } from '#core/tokens/token-family.ts'
import { layout } from './layout.ts'

/** How each noun is written. These lists are a stored format: never reorder them, add at the end only. */
export const requestLayout = layout<AuthorizationRequest>({
  id: 'plain',
  clientId: 'plain',
  redirectUri: 'plain',
  state: 'plain',
  responseMode: 'plain',
  scopes: 'set',
  resource: 'plain',
  nonce: 'plain',
  codeChallenge: 'plain',
  prompt: 'plain',
  maxAge: 'plain',
  loginHint: 'plain',
  hintedSub: 'plain',
  acrValues: 'plain',
  uiLocales: 'plain',
  claims: 'plain',
  receivedAt: 'date',
  expiresAt: 'date',
  browserHash: 'plain',
  chosenSessionId: 'plain',
  responseType: { before: 'code' },
})

/** Kept under the code's digest; the code itself is nowhere. */
export const codeLayout = layout<AuthorizationCode>({
  clientId: 'plain',
  userId: 'plain',
  sessionId: 'plain',
  sessionExpiresAt: 'date',
  redirectUri: 'plain',
  codeChallenge: 'plain',
  scopes: 'set',
  resource: 'plain',
  nonce: 'plain',
  authTime: 'date',
  amr: 'plain',
  acr: 'plain',
  claims: 'plain',
  familyId: 'plain',
  versions: 'plain',
  expiresAt: 'date',
  hasBegun: { before: false },
})

/** What remains of a code that was spent. */
export const spentCodeLayout = layout<SpentCode>({
  clientId: 'plain',
  userId: 'plain',
  sessionId: 'plain',
  familyId: 'plain',
})

/** Without the secret's digest: whoever keeps it keeps that beside. */
export const sessionLayout = layout<Session>({
  id: 'plain',
  userId: 'plain',
  authTime: 'date',
  amr: 'plain',
  createdAt: 'date',
  lastUsedAt: 'date',
  expiresAt: 'date',
  userVersion: 'plain',
  everythingVersion: 'plain',
})

/** What never changes of a family; its generation stands beside. */
export const familyLayout = layout<TokenFamily>({
  id: 'plain',
  clientId: 'plain',
  userId: 'plain',
  sessionId: 'plain',
  sid: 'plain',
  scopes: 'set',
  resource: 'plain',
  authTime: 'date',
  amr: 'plain',
  acr: 'plain',
  userinfoClaims: 'plain',
  versions: 'plain',
  macKid: 'plain',
  createdAt: 'date',
  expiresAt: 'date',
})
