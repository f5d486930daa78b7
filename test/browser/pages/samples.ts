import { consentPage } from '#pages/consent-page.ts'
import { errorPage } from '#pages/error-page.ts'
import { formPostPage } from '#pages/form-post-page.ts'
import { homePage } from '#pages/home-page.ts'
import { leavePage } from '#pages/leave-page.ts'
import { logoutConfirmPage } from '#pages/logout-confirm-page.ts'
import { selectAccountPage } from '#pages/select-account-page.ts'
import { type SignInPageProps, signInPage } from '#pages/sign-in-page.ts'
import { signedOutPage } from '#pages/signed-out-page.ts'
import { startAgainPage } from '#pages/start-again-page.ts'
import { unavailablePage } from '#pages/unavailable-page.ts'

/** What every sample page is filled with; each test changes what it is about. */
export const site = { name: 'Signet' }
export const target = { action: '/sent', csrf: 'token-of-this-form' }
const client = {
  name: 'Photos',
  host: 'photos.example.com',
  policyUri: 'https://photos.example.com/privacy',
  tosUri: 'https://photos.example.com/terms',
}
const account = { username: 'mara', email: 'mara@example.com' }
export const signIn: SignInPageProps = { site, client, ...target }

const requestId = 'req-7Q2m4VxK9d'
const longName =
  'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft & Partners International'
const longClient = { ...client, name: longName, host: `${'very-long-host-name.'.repeat(8)}example.com` }
const longAccount = {
  username: 'maximiliane.wolfeschlegelsteinhausenbergerdorff'.repeat(2),
  email: `${'m'.repeat(64)}@example.com`,
}
const app = { ...client, standing: 'third-party', onThisDevice: false } as const

const scopes = [
  { name: 'openid', isNew: true, sensitive: false },
  { name: 'email', isNew: true, sensitive: false },
  { name: 'offline_access', isNew: true, sensitive: false },
  { name: 'photos.write', sentence: 'Add, change and delete your photos', isNew: true, sensitive: true },
]
const consent = { site, client: app, account, scopes, ...target }

const mismatch = {
  received: 'https://photos.example.com/callback/',
  registered: ['http://localhost:8080/cb', 'https://photos.example.com/callback'],
  command: 'signet clients update photos --redirect-uri https://photos.example.com/callback/',
}
const refusal = {
  site,
  code: 'invalid_request',
  description: 'redirect_uri is not registered',
  parameter: 'redirect_uri',
  requestId,
}

const leaving = { site, client, code: 'login_required', description: 'the person has to sign in' }
const onward = { location: 'https://photos.example.com/cb?error=login_required' }
const posted = { action: 'https://photos.example.com/cb', fields: new Map([['error', 'login_required']]) }

/** Every page in every state that looks different, by a name that a failing test shows. */
export const samples: ReadonlyMap<string, string> = new Map([
  ['sign-in', signInPage(signIn)],
  ['sign-in-wrong', signInPage({ ...signIn, username: 'mara', error: { kind: 'wrong' } })],
  ['sign-in-throttled', signInPage({ ...signIn, username: 'mara', error: { kind: 'throttled', retryAfter: 230 } })],
  ['sign-in-busy', signInPage({ ...signIn, username: 'mara', error: { kind: 'busy' } })],
  ['sign-in-missing-username', signInPage({ ...signIn, error: { kind: 'missing_username' } })],
  ['sign-in-missing-password', signInPage({ ...signIn, username: 'mara', error: { kind: 'missing_password' } })],
  ['sign-in-too-long', signInPage({ ...signIn, error: { kind: 'too_long' } })],
  ['sign-in-again', signInPage({ ...signIn, reauthentication: account })],
  ['sign-in-again-wrong', signInPage({ ...signIn, reauthentication: account, error: { kind: 'wrong' } })],
  ['sign-in-again-long', signInPage({ ...signIn, client: longClient, reauthentication: longAccount })],
  [
    'sign-in-long',
    signInPage({ ...signIn, site: { name: longName }, client: longClient, username: longAccount.username }),
  ],
  ['sign-in-device', signInPage({ ...signIn, client: { ...client, host: '' } })],
  ['sign-in-right-to-left', signInPage({ ...signIn, client: { ...client, name: 'صور \u202e(moc.live)' } })],
  ['consent', consentPage(consent)],
  [
    'consent-renewed',
    consentPage({ ...consent, scopes: scopes.map((scope, index) => ({ ...scope, isNew: index > 1 })) }),
  ],
  ['consent-device', consentPage({ ...consent, client: { ...app, onThisDevice: true } })],
  ['consent-first-party', consentPage({ ...consent, client: { ...app, standing: 'first-party' } })],
  ['consent-unverified', consentPage({ ...consent, client: { ...app, standing: 'unverified' } })],
  ['consent-nothing', consentPage({ ...consent, scopes: [], account: { username: 'mara' } })],
  ['consent-long', consentPage({ ...consent, client: { ...app, ...longClient }, account: longAccount })],
  ['select-account', selectAccountPage({ site, client, account, ...target })],
  ['select-account-long', selectAccountPage({ site, client: longClient, account: longAccount, ...target })],
  ['logout-confirm', logoutConfirmPage({ site, account, client, ...target })],
  ['logout-confirm-unknown', logoutConfirmPage({ site, ...target })],
  ['signed-out', signedOutPage({ site })],
  ['signed-out-link', signedOutPage({ site, client: { name: 'Photos', uri: 'https://photos.example.com/' } })],
  [
    'start-again',
    startAgainPage({
      site,
      reason: 'expired',
      client: { name: 'Photos', uri: 'https://photos.example.com/' },
      requestId,
    }),
  ],
  ['start-again-ended', startAgainPage({ site, reason: 'ended', client: { name: 'Photos' } })],
  ['start-again-unknown', startAgainPage({ site, reason: 'unknown', requestId })],
  ['error', errorPage(refusal)],
  [
    'error-plain',
    errorPage({ site, code: 'server_error', description: 'something went wrong here', requestId, client }),
  ],
  ['error-mismatch', errorPage({ ...refusal, detail: mismatch })],
  ['error-none-registered', errorPage({ ...refusal, detail: { received: mismatch.received, registered: [] } })],
  ['leave', leavePage({ ...leaving, onward })],
  ['leave-form-post', leavePage({ ...leaving, client: longClient, onward: posted })],
  ['leave-device', leavePage({ ...leaving, client: { ...client, host: '' }, onward })],
  ['unavailable', unavailablePage({ site, retryAfter: 5, retry: '/again', requestId })],
  ['unavailable-plain', unavailablePage({ site })],
  ['form-post', formPostPage({ site, action: 'http://127.0.0.1:9/never', fields: { code: 'c', state: 's' } })],
  ['home', homePage({ site, discovery: '/.well-known/openid-configuration' })],
  [
    'home-signed-in',
    homePage({ site, discovery: '/.well-known/openid-configuration', session: { account, ...target } }),
  ],
])
