import type { OAuthErrorCode } from '../oauth/error.ts'
import { covers, type Scopes } from '../oauth/scope.ts'
import type { Session } from '../sessions/session.ts'
import type { AuthorizationRequest } from './authorization-request.ts'
import type { Consent } from './consent.ts'
import { scopesToAllow } from './read-claims.ts'

/** What has to happen before the client gets its answer. */
export type Step =
  /** The person signs in; `again` where a live session is not enough. */
  | { readonly step: 'login'; readonly again: boolean }
  | { readonly step: 'select_account' }
  /** The person is asked; `newScopes` were not allowed before. */
  | { readonly step: 'consent'; readonly newScopes: Scopes }
  | { readonly step: 'answer' }
  | { readonly step: 'refuse'; readonly code: OAuthErrorCode; readonly description: string }

/** What is known when the next step is decided. */
export type Situation = {
  readonly request: AuthorizationRequest
  /** The live session of this browser, of a person who may sign in. */
  readonly session: Session | undefined
  /** The subject by which the client knows that person. */
  readonly subject: string | undefined
  /** What that person allowed this client before. */
  readonly consent: Consent | undefined
  /** The operator's own app: its people are asked only for `offline_access`, or where it says `prompt=consent`. */
  readonly isTrusted: boolean
  /** Whether what was allowed before can be taken to be allowed now (RFC 8252 §8.6). */
  readonly isIdentityAssured: boolean
  readonly now: Date
}

/**
 * Decides the next step of an authorization request (OpenID Connect Core §3.1.2.1, §3.1.2.3). Pure, and asked again after
 * every page: whether a fresh sign-in or consent has happened follows from its date, not from where the browser came.
 */
export function nextStep(situation: Situation): Step {
  const { request, session } = situation
  const silent = request.prompt.includes('none')
  const step = stepFor(situation, session)
  if (!silent || step.step === 'answer' || step.step === 'refuse') return step
  if (step.step === 'consent')
    return { step: 'refuse', code: 'consent_required', description: 'the person has to be asked' }
  return { step: 'refuse', code: 'login_required', description: 'the person has to sign in' }
}

function stepFor(situation: Situation, session: Session | undefined): Step {
  const { request } = situation
  if (!session) return { step: 'login', again: false }
  const isFresh = session.authTime >= request.receivedAt
  if (request.hintedSub !== undefined && request.hintedSub !== situation.subject) {
    if (!isFresh) return { step: 'login', again: false }
    return { step: 'refuse', code: 'login_required', description: 'somebody else signed in than was asked for' }
  }
  if (!isFresh && mustSignInAgain(situation, session)) return { step: 'login', again: true }
  if (request.prompt.includes('select_account') && !isFresh && request.chosenSessionId !== session.id) {
    return { step: 'select_account' }
  }
  return consentStep(situation)
}

function mustSignInAgain({ request, now }: Situation, session: Session): boolean {
  if (request.prompt.includes('login')) return true
  return request.maxAge !== undefined && now.getTime() - session.authTime.getTime() > request.maxAge * 1000
}

function consentStep({ request, consent, isTrusted, isIdentityAssured }: Situation): Step {
  const isFresh = consent !== undefined && consent.givenAt >= request.receivedAt
  const allowed: Scopes = consent?.scopes ?? new Set()
  const mustAsk = (!isTrusted && !isIdentityAssured) || request.prompt.includes('consent')
  // Even the operator's own app keeps access beyond the sign-out only where the person said so (Core §11).
  const isUnasked = request.scopes.has('offline_access') && !allowed.has('offline_access')
  if (isTrusted && !isUnasked && !request.prompt.includes('consent')) return { step: 'answer' }
  const wanted = scopesToAllow(request)
  if (covers(allowed, wanted) && (isFresh || !mustAsk)) return { step: 'answer' }
  return { step: 'consent', newScopes: new Set([...wanted].filter((scope) => !allowed.has(scope))) }
}
