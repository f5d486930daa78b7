import { describe, expect, test } from 'vitest'
import type { AuthorizationRequest } from '#core/authorize/authorization-request.ts'
import { nextStep, type Situation } from '#core/authorize/next-step.ts'
import { noClaims } from '#core/authorize/read-claims.ts'
import type { Session } from '#core/sessions/session.ts'

const received = new Date('2026-11-20T12:00:00Z')
const ago = (seconds: number) => new Date(received.getTime() - seconds * 1000)
const after = (seconds: number) => ago(-seconds)

const request: AuthorizationRequest = {
  id: 'ref_1',
  clientId: 'app',
  redirectUri: 'https://rp.test/cb',
  state: undefined,
  responseType: 'code',
  responseMode: 'query',
  scopes: new Set(['openid', 'profile']),
  resource: undefined,
  nonce: undefined,
  codeChallenge: undefined,
  prompt: [],
  maxAge: undefined,
  loginHint: undefined,
  hintedSub: undefined,
  acrValues: [],
  uiLocales: [],
  claims: noClaims,
  receivedAt: received,
  expiresAt: after(1800),
  browserHash: undefined,
  chosenSessionId: undefined,
}

const session: Session = {
  id: 'ses_1',
  userId: 'usr_1',
  authTime: ago(600),
  amr: ['pwd'],
  createdAt: ago(600),
  lastUsedAt: ago(1),
  expiresAt: after(86_400),
  userVersion: 0,
  everythingVersion: 0,
}

const fresh: Session = { ...session, authTime: after(5) }
const allowed = { userId: 'usr_1', clientId: 'app', scopes: new Set(['openid', 'profile']), givenAt: ago(86_400) }

type Case = {
  readonly request?: Partial<AuthorizationRequest>
  readonly session?: Session
  readonly consent?: typeof allowed
  readonly isTrusted?: boolean
  readonly isIdentityAssured?: boolean
}

function stepOf(given: Case): string {
  const situation: Situation = {
    request: { ...request, ...given.request },
    session: given.session,
    subject: given.session?.userId,
    consent: given.consent,
    isTrusted: given.isTrusted ?? false,
    isIdentityAssured: given.isIdentityAssured ?? true,
    now: after(10),
  }
  const step = nextStep(situation)
  if (step.step === 'refuse') return step.code
  if (step.step === 'login') return step.again ? 'login again' : 'login'
  return step.step
}

const signedIn = { session, consent: allowed }

/** What is known, and what has to happen: the table is the specification, so it is long. */
const table: readonly (readonly [string, Case, string])[] = [
  ['nobody is signed in', {}, 'login'],
  ['signed in, never asked', { session }, 'consent'],
  ['signed in and allowed', signedIn, 'answer'],
  ['a scope is new', { ...signedIn, request: { scopes: new Set(['openid', 'email']) } }, 'consent'],
  ["the operator's own app", { session, isTrusted: true }, 'answer'],
  [
    "the operator's own app wants to keep access",
    { session, isTrusted: true, request: { scopes: new Set(['openid', 'offline_access']) } },
    'consent',
  ],
  [
    "the operator's own app may keep access",
    {
      session,
      isTrusted: true,
      consent: { ...allowed, scopes: new Set(['openid', 'offline_access']) },
      request: { scopes: new Set(['openid', 'offline_access']) },
    },
    'answer',
  ],
  ["the operator's own app asks to ask", { session, isTrusted: true, request: { prompt: ['consent'] } }, 'consent'],
  ['allowed, but anybody could pose as the app', { ...signedIn, isIdentityAssured: false }, 'consent'],
  [
    'allowed just now, though anybody could pose',
    { session, consent: { ...allowed, givenAt: after(8) }, isIdentityAssured: false },
    'answer',
  ],
  ["anybody could pose as the operator's own app", { session, isTrusted: true, isIdentityAssured: false }, 'answer'],
  [
    'a claim asks for a scope that was not allowed',
    { ...signedIn, request: { claims: { userinfo: { email: {} }, idToken: {} } } },
    'consent',
  ],
  [
    'a claim asks for nothing new',
    { ...signedIn, request: { claims: { userinfo: { name: {} }, idToken: {} } } },
    'answer',
  ],

  ['prompt=login', { ...signedIn, request: { prompt: ['login'] } }, 'login again'],
  ['prompt=login, signed in since', { ...signedIn, session: fresh, request: { prompt: ['login'] } }, 'answer'],
  ['prompt=consent', { ...signedIn, request: { prompt: ['consent'] } }, 'consent'],
  [
    'prompt=consent, allowed since',
    { session, consent: { ...allowed, givenAt: after(8) }, request: { prompt: ['consent'] } },
    'answer',
  ],
  ['prompt=select_account', { ...signedIn, request: { prompt: ['select_account'] } }, 'select_account'],
  [
    'prompt=select_account, this session chosen',
    { ...signedIn, request: { prompt: ['select_account'], chosenSessionId: 'ses_1' } },
    'answer',
  ],
  [
    'prompt=select_account, another session chosen',
    { ...signedIn, request: { prompt: ['select_account'], chosenSessionId: 'ses_0' } },
    'select_account',
  ],
  ['prompt=login consent', { ...signedIn, request: { prompt: ['login', 'consent'] } }, 'login again'],
  [
    'prompt=login consent, signed in since',
    { ...signedIn, session: fresh, request: { prompt: ['login', 'consent'] } },
    'consent',
  ],

  ['max_age not reached', { ...signedIn, request: { maxAge: 611 } }, 'answer'],
  ['max_age just reached', { ...signedIn, request: { maxAge: 610 } }, 'answer'],
  ['max_age passed', { ...signedIn, request: { maxAge: 609 } }, 'login again'],
  ['max_age=0', { ...signedIn, request: { maxAge: 0 } }, 'login again'],
  ['max_age=0, signed in since', { ...signedIn, session: fresh, request: { maxAge: 0 } }, 'answer'],

  ['the hinted person is signed in', { ...signedIn, request: { hintedSub: 'usr_1' } }, 'answer'],
  ['another person is hinted', { ...signedIn, request: { hintedSub: 'usr_2' } }, 'login'],
  [
    'another person is hinted, this one signed in since',
    { ...signedIn, session: fresh, request: { hintedSub: 'usr_2' } },
    'login_required',
  ],

  ['prompt=none, nobody', { request: { prompt: ['none'] } }, 'login_required'],
  ['prompt=none, allowed', { ...signedIn, request: { prompt: ['none'] } }, 'answer'],
  ['prompt=none, not allowed', { session, request: { prompt: ['none'] } }, 'consent_required'],
  ['prompt=none, max_age passed', { ...signedIn, request: { prompt: ['none'], maxAge: 1 } }, 'login_required'],
  [
    'prompt=none, another person hinted',
    { ...signedIn, request: { prompt: ['none'], hintedSub: 'usr_2' } },
    'login_required',
  ],
  [
    'prompt=none, anybody could pose',
    { ...signedIn, isIdentityAssured: false, request: { prompt: ['none'] } },
    'consent_required',
  ],
]

describe('the next step of an authorization request', () => {
  test.each(table)('%s', (_what, given, expected) => {
    expect(stepOf(given)).toBe(expected)
  })

  test('the consent page is told which scopes are new', () => {
    const wanted = { ...request, scopes: new Set(['openid', 'email', 'profile']) }
    const step = nextStep({
      request: wanted,
      session,
      subject: session.userId,
      consent: allowed,
      isTrusted: false,
      isIdentityAssured: true,
      now: after(1),
    })
    expect(step).toEqual({ step: 'consent', newScopes: new Set(['email']) })
  })
})
