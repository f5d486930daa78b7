import { readFileSync } from 'node:fs'
import * as oidc from 'openid-client'
import { remember, type Session, type Tokens } from './sessions.ts'

/** The provider, and what this app is called there. */
export const issuer = new URL(process.env.ISSUER ?? 'http://localhost:3000')
export const clientId = process.env.CLIENT_ID ?? 'sample-app'
const secretFile = process.env.CLIENT_SECRET_FILE ?? 'data/sample-app.secret'

/** Where this app and the API are. */
export const port = Number(process.env.PORT ?? 3001)
export const home = process.env.HOME_URL ?? `http://localhost:${port}`
export const api = process.env.API_URL ?? 'http://localhost:3002'

const redirectUri = `${home}/callback`

/** The session has no tokens that work any more: the person has to sign in again. */
export class SignedOut extends Error {}

let provider: Promise<oidc.Configuration> | undefined

/** The provider's metadata, fetched at first use; a failure is not remembered, so this app may start before the provider. */
export function discover(): Promise<oidc.Configuration> {
  provider ??= fetchMetadata().catch((error: unknown) => {
    provider = undefined
    throw error
  })
  return provider
}

async function fetchMetadata(): Promise<oidc.Configuration> {
  const secret = readFileSync(secretFile, 'utf8').trim()
  // Plain http is for this machine only. The library would trust the channel for the ID token; over http, check its signature.
  const overHttp = [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks]
  const options = { timeout: 5, ...(issuer.protocol === 'http:' && { execute: overHttp }) }
  return oidc.discovery(issuer, clientId, undefined, oidc.ClientSecretBasic(secret), options)
}

/** Begins a sign-in: the address to send the browser to. */
export async function signInUrl(session: Session): Promise<URL> {
  const config = await discover()
  const verifier = oidc.randomPKCECodeVerifier()
  const state = oidc.randomState()
  const nonce = oidc.randomNonce()
  remember(session, state, { verifier, nonce })
  return oidc.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope: 'openid profile email notes:read',
    resource: api,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    // The access token is for the API, so it opens no UserInfo: ask for the name in the ID token.
    claims: JSON.stringify({ id_token: { name: null, preferred_username: null } }),
  })
}

/** Ends a sign-in: checks the answer against what this browser began (state, nonce, PKCE, issuer) and keeps the tokens. */
export async function completeSignIn(session: Session, query: string): Promise<void> {
  const answer = new URL(`${redirectUri}${query}`)
  const state = answer.searchParams.get('state') ?? ''
  const attempt = session.pending.get(state)
  if (!attempt) throw new UnknownSignIn()
  session.pending.delete(state)

  const response = await oidc.authorizationCodeGrant(await discover(), answer, {
    pkceCodeVerifier: attempt.verifier,
    expectedNonce: attempt.nonce,
    expectedState: state,
  })
  const claims = response.claims()
  if (!claims) throw new Error('no ID token')
  session.person = {
    sub: claims.sub,
    sid: String(claims.sid),
    name: String(claims.name ?? claims.preferred_username ?? claims.sub),
  }
  session.tokens = keep(response)
}

/** The answer belongs to no sign-in that this browser began. */
export class UnknownSignIn extends Error {}

/** An access token that should work: refreshed first when 80 % of its life is over. */
export async function accessToken(session: Session): Promise<string> {
  if (session.tokens && Date.now() >= session.tokens.renewAt) await refresh(session)
  if (!session.tokens) throw new SignedOut()
  return session.tokens.accessToken
}

/** Refreshes the tokens. In a single flight: parallel tabs share one refresh, for a refresh token works once. */
export function refresh(session: Session): Promise<void> {
  session.refreshing ??= renew(session).finally(() => {
    session.refreshing = undefined
  })
  return session.refreshing
}

async function renew(session: Session): Promise<void> {
  const refreshToken = session.tokens?.refreshToken
  if (!refreshToken) throw new SignedOut()
  try {
    const response = await oidc.refreshTokenGrant(await discover(), refreshToken, { resource: api })
    session.tokens = keep(response, session.tokens)
  } catch (error) {
    // Only this error means that the sign-in is over. On any other one, say 503, the tokens are worth keeping.
    if (!(error instanceof oidc.ResponseBodyError) || error.error !== 'invalid_grant') throw error
    session.tokens = undefined
    session.person = undefined
    throw new SignedOut()
  }
}

/** Where to send the browser so that the provider ends its session too. */
export async function signOutUrl(idToken: string | undefined): Promise<URL> {
  return oidc.buildEndSessionUrl(await discover(), {
    post_logout_redirect_uri: `${home}/signed-out`,
    ...(idToken && { id_token_hint: idToken }),
  })
}

/** What a response does not renew stays as it was before. */
function keep(response: oidc.TokenEndpointResponse, before?: Tokens): Tokens {
  const now = Date.now()
  const life = (response.expires_in ?? 60) * 1000
  return {
    idToken: response.id_token ?? before?.idToken ?? '',
    accessToken: response.access_token,
    refreshToken: response.refresh_token ?? before?.refreshToken,
    renewAt: now + life * 0.8,
    expiresAt: now + life,
  }
}
