import type { ApiStore } from '../apis/api.ts'
import { chooseAudience } from '../apis/audience.ts'
import type { Client } from '../clients/client.ts'
import { type Clock, later } from '../clock.ts'
import { refuse } from '../oauth/error.ts'
import { digest, random } from '../oauth/random.ts'
import { type AnswerParts, holdsTokens, partsOf } from '../oauth/response-type.ts'
import type { LiveSession } from '../sessions/browser-session.ts'
import type { BeginFamily } from '../tokens/begin-family.ts'
import type { Mint } from '../tokens/mint.ts'
import type { AnswerParameters } from './answer.ts'
import { type AuthorizationCode, type CodeStore, signInOf } from './authorization-code.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import type { ConsentStore } from './consent.ts'
import { isStillAllowed } from './still-allowed.ts'

export type IssueAnswerParts = {
  readonly issuer: string
  readonly clock: Clock
  readonly codes: Pick<CodeStore, 'put'>
  readonly consents: Pick<ConsentStore, 'find'>
  readonly apis: ApiStore
  readonly beginFamily: BeginFamily
  readonly mint: Pick<Mint, 'requireKeys' | 'forAnswer'>
  /** Seconds that a code waits; at most ten minutes (RFC 6749 §4.1.2). */
  readonly codeLifetime: number
  readonly acr: string
}

/** What a request is answered with, and the family that tokens of it belong to. */
export type IssuedAnswer = { readonly parameters: AnswerParameters; readonly familyId: string | undefined }

/** Refuses, for the app, where the sign-in or the consent has ended meanwhile. */
export type IssueAnswer = (
  request: AuthorizationRequest,
  live: Pick<LiveSession, 'session' | 'user'>,
  client: Client,
) => Promise<IssuedAnswer>

/** Makes the issuer of what the authorization endpoint answers: a code, tokens, or both. Only a code's digest is stored. */
export function answerIssuer(parts: IssueAnswerParts): IssueAnswer {
  return async (request, live, client) => {
    const wanted = partsOf(request.responseType)
    const hasBegun = holdsTokens(request.responseType)
    const granted = describe(parts, request, { live, client, hasBegun })
    const tokens = hasBegun ? await prepareTokens(parts, { granted, live, client, wanted }) : undefined
    const code = wanted.code ? random('code_') : undefined
    if (code !== undefined) await parts.codes.put(digest(code), granted)
    const parameters = { code, ...(await tokens?.(request, code)) }
    return { parameters: written(parameters), familyId: hasBegun ? granted.familyId : undefined }
  }
}

/** Everything in an answer is text. */
function written(parameters: { readonly [name: string]: string | number | undefined }): AnswerParameters {
  const present = Object.entries(parameters).filter(([, value]) => value !== undefined)
  return Object.fromEntries(present.map(([name, value]) => [name, String(value)]))
}

type Asked = {
  readonly granted: AuthorizationCode
  readonly live: Parameters<IssueAnswer>[1]
  readonly client: Client
  readonly wanted: AnswerParts
}

/**
 * Begins the family that tokens of the answer belong to, so that a sign-out, a withdrawal and a replay of the code end
 * them like every other token (docs/decisions/0022); then they can be minted. What can fail comes before.
 */
async function prepareTokens(parts: IssueAnswerParts, { granted, live, client, wanted }: Asked) {
  const { scopes, resource } = granted
  const { mint, issuer, apis } = parts
  const audience = wanted.token ? await chooseAudience(apis, { resource, scopes, issuer }) : undefined
  await mint.requireKeys({ client, audience })
  const family = await parts.beginFamily(signInOf(granted, live.user))
  if (!family || !(await isStillAllowed(parts.consents, granted, client)))
    refuse('login_required', 'the sign-in or the consent has ended meanwhile')
  return ({ state, nonce, claims }: AuthorizationRequest, code: string | undefined) =>
    mint.forAnswer({
      ...{ client, user: live.user, family, scopes, audience, code, state, nonce },
      idTokenClaims: claims.idToken,
      wantsIdToken: wanted.idToken,
    })
}

function describe(
  { clock, codeLifetime, acr }: IssueAnswerParts,
  request: AuthorizationRequest,
  { live: { session }, client, hasBegun }: Pick<Asked, 'live' | 'client'> & { hasBegun: boolean },
): AuthorizationCode {
  return {
    clientId: client.id,
    userId: session.userId,
    sessionId: session.id,
    sessionExpiresAt: session.expiresAt,
    redirectUri: request.redirectUri,
    codeChallenge: request.codeChallenge,
    scopes: request.scopes,
    resource: request.resource,
    nonce: request.nonce,
    authTime: session.authTime,
    amr: session.amr,
    acr,
    claims: request.claims,
    familyId: random('fam_', 16),
    hasBegun,
    versions: { user: session.userVersion, client: client.tokenVersion, everything: session.everythingVersion },
    expiresAt: later(clock.now(), codeLifetime),
  }
}
