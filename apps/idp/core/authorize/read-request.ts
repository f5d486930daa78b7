import type { ApiStore } from '../apis/api.ts'
import { chooseAudience } from '../apis/audience.ts'
import { isPublic } from '../clients/client.ts'
import { later } from '../clock.ts'
import { refuse } from '../oauth/error.ts'
import { echoed, type Form, optional, required } from '../oauth/form.ts'
import { isCodeChallenge } from '../oauth/pkce.ts'
import { type Prompt, parsePrompt } from '../oauth/prompt.ts'
import { random } from '../oauth/random.ts'
import { grantsOf, partsOf, type ResponseType } from '../oauth/response-type.ts'
import { intersection, parseScope, type Scopes } from '../oauth/scope.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import type { ClaimsRequest } from './claims-request.ts'
import type { Party } from './identify-party.ts'
import { readClaims } from './read-claims.ts'

/** Whom a verified `id_token_hint` names, and whether it is still valid. */
export type HintedSubject = { readonly sub: string; readonly isExpired: boolean; readonly sid: string | undefined }

export type RequestReaderParts = {
  readonly apis: ApiStore
  readonly issuer: string
  /** Verifies an ID token of ours, expired or not; undefined where it is not one. */
  readonly readHint: (idToken: string, now: Date) => Promise<HintedSubject | undefined>
  /** Seconds that a person has to finish. */
  readonly lifetime: number
  readonly acrValues: readonly string[]
}

export type ReadAuthorizationRequest = (party: Party, form: Form, now: Date) => Promise<AuthorizationRequest>

/** A party whose response type is spoken here and is its own. */
type Asker = Party & { readonly responseType: ResponseType }

/** A check that refuses what this provider does not take. The order is part of the security: cheap and structural first. */
type Check = (form: Form, asker: Asker) => void

const checks: readonly Check[] = [requirePkce, requireNonce]

/** Makes the reader of authorization requests: everything is read once, here, and kept at the server. */
export function requestReader(parts: RequestReaderParts): ReadAuthorizationRequest {
  return async (party, form, now) => {
    refuseRegistration(form)
    const asker = readResponseType(form, party)
    for (const check of checks) check(form, asker)
    const prompt = readPrompt(form)
    const claims = readClaims(optional(form, 'claims'), party.client.scopes)
    const scopes = readScopes(form, asker)
    refuseUnfit(asker, scopes, claims)
    const hint = await readHint(parts, form, now)
    const resource = await readResource(parts, form, { asker, scopes })
    refuseUnknownAcr(claims, parts.acrValues)
    return {
      id: random('ref_', 24),
      clientId: party.client.id,
      redirectUri: party.redirectUri,
      state: party.state,
      responseType: asker.responseType,
      responseMode: party.responseMode,
      scopes,
      resource,
      nonce: echoed(form, 'nonce'),
      codeChallenge: optional(form, 'code_challenge'),
      prompt: [...prompt],
      maxAge: readMaxAge(form) ?? party.client.defaultMaxAge,
      loginHint: optional(form, 'login_hint')?.slice(0, 254),
      hintedSub: checkHint(hint, claims, prompt),
      acrValues: readAcrValues(form, party),
      uiLocales: words(form, 'ui_locales'),
      claims,
      receivedAt: now,
      expiresAt: later(now, parts.lifetime),
      browserHash: undefined,
      chosenSessionId: undefined,
    }
  }
}

/** Registration on the fly is not spoken here; saying so beats ignoring it (Core §3.1.2.6). */
function refuseRegistration(form: Form): void {
  if (optional(form, 'registration'))
    refuse('registration_not_supported', 'registration is not supported', { parameter: 'registration' })
}

function readResponseType(form: Form, party: Party): Asker {
  const { client, responseType, responseMode } = party
  required(form, 'response_type')
  if (!responseType)
    refuse('unsupported_response_type', 'that response_type is not supported', { parameter: 'response_type' })
  if ((optional(form, 'response_mode') ?? responseMode) !== responseMode)
    refuse('invalid_request', 'that response_mode is not supported, or not for this response_type or redirect_uri', {
      parameter: 'response_mode',
    })
  const mayUse = grantsOf(responseType).every((grant) => client.grantTypes.has(grant))
  if (!mayUse || !client.responseTypes.has(responseType))
    refuse('unauthorized_client', 'this client may not use that response_type', { parameter: 'response_type' })
  return { ...party, responseType }
}

/** S256 only; an omitted method means `plain` (RFC 7636 §4.3), which RFC 9700 §2.1.1 advises against. */
function requirePkce(form: Form, { client, responseType }: Asker): void {
  if (!partsOf(responseType).code) return
  const challenge = optional(form, 'code_challenge')
  const method = optional(form, 'code_challenge_method')
  if (!challenge) {
    if (method)
      refuse('invalid_request', 'code_challenge_method without code_challenge', { parameter: 'code_challenge' })
    if (isPublic(client))
      refuse('invalid_request', 'code_challenge is required for this client', { parameter: 'code_challenge' })
    return
  }
  if (method !== 'S256')
    refuse('invalid_request', 'code_challenge_method must be S256', { parameter: 'code_challenge_method' })
  if (!isCodeChallenge(challenge))
    refuse('invalid_request', 'code_challenge is not an S256 challenge', { parameter: 'code_challenge' })
}

/** An ID token that comes by the browser can be somebody else's but for this (OpenID Connect Core §3.2.2.1, §3.3.2.11). */
function requireNonce(form: Form, { responseType }: Asker): void {
  if (partsOf(responseType).idToken && !optional(form, 'nonce'))
    refuse('invalid_request', 'nonce is required for this response_type', { parameter: 'nonce' })
}

/** What the answer would be without: no ID token without `openid`, and nothing to show UserInfo without an access token. */
function refuseUnfit({ responseType }: Asker, scopes: Scopes, claims: ClaimsRequest): void {
  if (partsOf(responseType).idToken && !scopes.has('openid'))
    refuse('invalid_scope', 'an ID token needs the scope openid', { parameter: 'scope' })
  if (responseType === 'id_token' && Object.keys(claims.userinfo).length > 0)
    refuse('invalid_request', 'claims of UserInfo need an access token (Core 5.5)', { parameter: 'claims' })
}

function readPrompt(form: Form): ReadonlySet<Prompt> {
  return (
    parsePrompt(optional(form, 'prompt')) ??
    refuse('invalid_request', 'prompt is unknown or contradicts itself', { parameter: 'prompt' })
  )
}

/**
 * The scopes that this client may have: what it asked for, without what it is not registered for and what is unknown
 * (RFC 6749 §3.3; Core §3.1.2.1). Access that lasts is kept by a refresh token, which only a code brings (Core §11).
 */
function readScopes(form: Form, { client, responseType }: Asker): Scopes {
  const asked = parseScope(optional(form, 'scope') ?? '')
  if (!asked) refuse('invalid_scope', 'scope is missing or not a list of scope names', { parameter: 'scope' })
  const scopes = new Set(intersection(asked, client.scopes))
  if (!client.grantTypes.has('refresh_token') || !partsOf(responseType).code) scopes.delete('offline_access')
  if (scopes.size === 0) refuse('invalid_scope', 'this client may have none of these scopes', { parameter: 'scope' })
  return scopes
}

function readMaxAge(form: Form): number | undefined {
  const text = optional(form, 'max_age')
  if (text === undefined) return undefined
  if (!/^\d{1,10}$/.test(text))
    refuse('invalid_request', 'max_age is not a number of seconds', { parameter: 'max_age' })
  return Number(text)
}

/** Values that the client asks for, or its own default (OpenID Connect Registration §2): a wish, never a condition. */
function readAcrValues(form: Form, { client }: Party): readonly string[] {
  const asked = words(form, 'acr_values')
  return asked.length > 0 ? asked : client.defaultAcrValues
}

/**
 * Finds faults early: an unknown API can be told before anybody signs in, and so can scopes of several without a
 * `resource` where the answer itself holds a token, which is for one.
 */
async function readResource(
  { apis, issuer }: RequestReaderParts,
  form: Form,
  { asker, scopes }: { asker: Asker; scopes: Scopes },
): Promise<string | undefined> {
  const resource = optional(form, 'resource')
  if (resource !== undefined || partsOf(asker.responseType).token)
    await chooseAudience(apis, { resource, scopes, issuer })
  return resource
}

async function readHint(parts: RequestReaderParts, form: Form, now: Date): Promise<HintedSubject | undefined> {
  const idToken = optional(form, 'id_token_hint')
  if (!idToken) return undefined
  return (
    (await parts.readHint(idToken, now)) ??
    refuse('invalid_request', 'id_token_hint is not an ID token of ours', { parameter: 'id_token_hint' })
  )
}

/** Whom the client expects: by the hint, or by a `sub` value in `claims` (Core §5.5.1). An expired hint cannot vouch silently (docs/decisions/0010). */
function checkHint(
  hint: HintedSubject | undefined,
  claims: ClaimsRequest,
  prompt: ReadonlySet<Prompt>,
): string | undefined {
  const bySub = readWishedSub(claims)
  if (hint?.isExpired && prompt.has('none'))
    refuse('login_required', 'id_token_hint has expired', { parameter: 'id_token_hint' })
  if (hint && bySub !== undefined && bySub !== hint.sub)
    refuse('invalid_request', 'id_token_hint and claims name two people', { parameter: 'claims' })
  return hint?.sub ?? bySub
}

/** The one subject that an ID token may be about where `claims` says so (Core §3.1.2.2, §5.5.1). */
function readWishedSub({ idToken: { sub } }: ClaimsRequest): string | undefined {
  const wished = [...(sub?.values ?? []), ...(sub?.value === undefined ? [] : [sub.value])]
  const [one, ...others] = new Set(wished)
  if (others.length > 0 || (one !== undefined && typeof one !== 'string') || (sub?.values && one === undefined))
    refuse('invalid_request', 'sub in claims is not one text', { parameter: 'claims' })
  return one
}

/** An essential `acr` that can never be reached fails at once (Core §5.5.1.1; error of Unmet Authentication Requirements 1.0). */
function refuseUnknownAcr(claims: ClaimsRequest, supported: readonly string[]): void {
  const acr = claims.idToken.acr
  if (!acr?.essential) return
  const wanted = acr.values ?? (acr.value === undefined ? [] : [acr.value])
  if (wanted.length === 0 || wanted.some((value) => typeof value === 'string' && supported.includes(value))) return
  refuse('unmet_authentication_requirements', 'no sign-in here reaches that acr', { parameter: 'claims' })
}

function words(form: Form, name: string): readonly string[] {
  return (optional(form, name) ?? '')
    .slice(0, 1000)
    .split(' ')
    .filter((word) => word !== '')
}
