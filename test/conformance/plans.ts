/** One module as a plan runs it. */
export type Run = {
  readonly module: string
  readonly responseType: string
  readonly responseMode: 'default' | 'form_post'
  readonly method: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt'
}

/** A plan of the suite, and how many modules it has: what stands below must come to that number. */
export type Plan = {
  readonly title: string
  readonly name: string
  readonly size: number
  readonly runs: readonly Run[]
}

type Kind = Omit<Run, 'module'>

const basic: Kind = { responseType: 'code', responseMode: 'default', method: 'client_secret_basic' }
const byKey: Kind = { ...basic, method: 'private_key_jwt' }

function runs(kind: Kind, modules: readonly string[]): readonly Run[] {
  return modules.map((module) => ({
    ...kind,
    module,
    ...(module === postAuthentication && { method: 'client_secret_post' }),
  }))
}

const postAuthentication = 'oidcc-server-client-secret-post'
const missingType = 'oidcc-response-type-missing'
const signature = 'oidcc-idtoken-signature'
const userInfo = ['oidcc-userinfo-get', 'oidcc-userinfo-post-header', 'oidcc-userinfo-post-body']
const withoutNonce = 'oidcc-ensure-request-without-nonce-succeeds-for-code-flow'
const nonceMissing = 'oidcc-ensure-request-without-nonce-fails'
const scopes = [
  'oidcc-scope-profile',
  'oidcc-scope-email',
  'oidcc-scope-address',
  'oidcc-scope-phone',
  'oidcc-scope-all',
]
const otherOrder = 'oidcc-alternate-happy-flow'
const requests = [
  'oidcc-display-page',
  'oidcc-display-popup',
  'oidcc-prompt-login',
  'oidcc-prompt-none-not-logged-in',
  'oidcc-prompt-none-logged-in',
  'oidcc-max-age-1',
  'oidcc-max-age-10000',
  'oidcc-ensure-request-with-unknown-parameter-succeeds',
  'oidcc-id-token-hint',
  'oidcc-login-hint',
  'oidcc-ui-locales',
  'oidcc-claims-locales',
  'oidcc-ensure-request-with-acr-values-succeeds',
]
const codes = ['oidcc-codereuse', 'oidcc-codereuse-30seconds']
const registeredUri = 'oidcc-ensure-registered-redirect-uri'
const unsigned = [
  'oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported',
  'oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported',
]
const essential = 'oidcc-claims-essential'
const objectRedirect = 'oidcc-ensure-request-object-with-redirect-uri'
const refresh = 'oidcc-refresh-token'
const pkce = 'oidcc-ensure-request-with-valid-pkce-succeeds'

const basicModules = [
  'oidcc-server',
  missingType,
  signature,
  'oidcc-idtoken-unsigned',
  ...userInfo,
  withoutNonce,
  ...scopes,
  otherOrder,
  ...requests,
  ...codes,
  registeredUri,
  'oidcc-ensure-post-request-succeeds',
  postAuthentication,
  ...unsigned,
  essential,
  objectRedirect,
  refresh,
  pkce,
]

function implicit(): readonly Run[] {
  const everyType = [
    'oidcc-server',
    signature,
    nonceMissing,
    ...scopes,
    otherOrder,
    ...requests,
    registeredUri,
    ...unsigned,
    objectRedirect,
    essential,
  ]
  const kind = (responseType: string): Kind => ({ ...basic, responseType })
  return [
    ...runs(kind('id_token'), everyType),
    ...runs(kind('id_token token'), [...everyType, ...userInfo, missingType]),
  ]
}

/** The first response type has three modules more than the others: they do not depend on the type. */
function hybrid(): readonly Run[] {
  const table = (nonce: string, first: boolean) => [
    'oidcc-server',
    ...(first ? [missingType] : []),
    signature,
    ...userInfo,
    nonce,
    ...scopes,
    ...(first ? [otherOrder] : []),
    ...requests,
    ...codes,
    registeredUri,
    postAuthentication,
    ...unsigned,
    essential,
    objectRedirect,
    refresh,
    ...(first ? [pkce] : []),
  ]
  const kind = (responseType: string): Kind => ({ ...basic, responseType })
  return [
    ...runs(kind('code id_token'), table(nonceMissing, true)),
    ...runs(kind('code token'), table(withoutNonce, false)),
    ...runs(kind('code id_token token'), table(nonceMissing, false)),
  ]
}

const dynamicModules = [
  'oidcc-idtoken-rs256',
  'oidcc-idtoken-unsigned',
  'oidcc-userinfo-rs256',
  'oidcc-ensure-redirect-uri-in-authorization-request',
  'oidcc-redirect-uri-query-OK',
  'oidcc-redirect-uri-query-mismatch',
  'oidcc-redirect-uri-query-added',
  'oidcc-redirect-uri-regfrag',
  'oidcc-discovery-endpoint-verification',
  'oidcc-server',
  'oidcc-registration-logo-uri',
  'oidcc-registration-policy-uri',
  'oidcc-registration-tos-uri',
  'oidcc-registration-jwks-uri',
  'oidcc-registration-sector-uri',
  'oidcc-registration-sector-bad',
  'oidcc-server-rotate-keys',
  'oidcc-refresh-token-rp-key-rotation',
  'oidcc-request-uri-unsigned',
  'oidcc-request-uri-signed-rs256',
  objectRedirect,
  refresh,
  'oidcc-ensure-client-assertion-with-iss-aud',
]

const rpInitiatedModules = [
  'oidcc-rp-initiated-logout-discovery-endpoint-verification',
  'oidcc-rp-initiated-logout',
  'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri',
  'oidcc-rp-initiated-logout-modified-id-token-hint',
  'oidcc-rp-initiated-logout-no-id-token-hint',
  'oidcc-rp-initiated-logout-no-params',
  'oidcc-rp-initiated-logout-no-post-logout-redirect-uri',
  'oidcc-rp-initiated-logout-no-state',
  'oidcc-rp-initiated-logout-only-state',
  'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri',
  'oidcc-rp-initiated-logout-bad-id-token-hint',
]

/** Every plan that concerns a provider, module by module, as release 5.2 of the suite has them. A table. */
export const plans: readonly Plan[] = [
  { title: 'Basic', name: 'oidcc-basic-certification-test-plan', size: 38, runs: runs(basic, basicModules) },
  {
    title: 'Config',
    name: 'oidcc-config-certification-test-plan',
    size: 1,
    runs: runs(basic, ['oidcc-discovery-endpoint-verification']),
  },
  {
    title: 'Form Post',
    name: 'oidcc-formpost-basic-certification-test-plan',
    size: 38,
    runs: runs({ ...basic, responseMode: 'form_post' }, basicModules),
  },
  { title: 'Dynamic', name: 'oidcc-dynamic-certification-test-plan', size: 23, runs: runs(byKey, dynamicModules) },
  {
    title: '3rd-party-initiated login',
    name: 'oidcc-3rdparty-init-login-certification-test-plan',
    size: 2,
    runs: runs(basic, ['oidcc-3rd_party-init-login', 'oidcc-3rd_party-init-login-nohttps']),
  },
  {
    title: 'RP-initiated logout',
    name: 'oidcc-rp-initiated-logout-certification-test-plan',
    size: 11,
    runs: runs(basic, rpInitiatedModules),
  },
  {
    title: 'Back-channel logout',
    name: 'oidcc-backchannel-rp-initiated-logout-certification-test-plan',
    size: 2,
    runs: runs(basic, [
      'oidcc-backchannel-logout-discovery-endpoint-verification',
      'oidcc-backchannel-rp-initiated-logout',
    ]),
  },
  {
    title: 'Front-channel logout',
    name: 'oidcc-frontchannel-rp-initiated-logout-certification-test-plan',
    size: 2,
    runs: runs(basic, [
      'oidcc-frontchannel-logout-discovery-endpoint-verification',
      'oidcc-frontchannel-rp-initiated-logout',
    ]),
  },
  {
    title: 'Session management',
    name: 'oidcc-session-management-certification-test-plan',
    size: 2,
    runs: runs(basic, [
      'oidcc-session-management-discovery-endpoint-verification',
      'oidcc-session-management-rp-initiated-logout',
    ]),
  },
  { title: 'Implicit', name: 'oidcc-implicit-certification-test-plan', size: 58, runs: implicit() },
  { title: 'Hybrid', name: 'oidcc-hybrid-certification-test-plan', size: 102, runs: hybrid() },
]

/** What a run is called, in the tests and in the table. */
export function runTitle({ module, responseType, responseMode, method }: Run): string {
  const mode = responseMode === 'default' ? [] : [responseMode]
  const proof = method === 'private_key_jwt' ? [method] : []
  return `${module} (${[responseType, ...mode, ...proof].join(', ')})`
}
