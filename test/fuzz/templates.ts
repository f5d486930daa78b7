import { apiScopes, password } from '#test/faults/support/furnish.ts'
import { type Draft, type Field, fieldsOf, formType } from './draft.ts'
import type { Materials, OpenForm } from './materials.ts'

type Template = { readonly weight: number; readonly draft: (materials: Materials) => Draft }

/** Every endpoint with honest requests to it, and how often each is bent. Long because it is a table. */
export const templates: { readonly [name: string]: Template } = {
  authorize: { weight: 12, draft: (m) => get('/authorize', authorization(m)) },
  authorizeSignedIn: { weight: 12, draft: (m) => withCookies(get('/authorize', authorization(m)), m.cookies) },
  authorizeSilent: { weight: 10, draft: (m) => get('/authorize', [...authorization(m), ...silently]) },
  authorizePost: { weight: 6, draft: (m) => post('/authorize', authorization(m)) },
  authorizeToken: {
    weight: 6,
    draft: (m) => withCookies(get('/authorize', frontChannel(m, 'id_token token')), m.cookies),
  },
  authorizeIdToken: { weight: 4, draft: (m) => withCookies(get('/authorize', frontChannel(m, 'id_token')), m.cookies) },
  authorizeHybrid: { weight: 8, draft: (m) => withCookies(get('/authorize', hybrid(m)), m.cookies) },
  authorizeFormPost: {
    weight: 4,
    draft: (m) => withCookies(post('/authorize', [...hybrid(m), ...fields({ response_mode: 'form_post' })]), m.cookies),
  },
  authorizeClaims: {
    weight: 8,
    draft: (m) => withCookies(get('/authorize', [...authorization(m), ...asking, ...silently]), m.cookies),
  },
  authorizeObject: { weight: 10, draft: (m) => withCookies(get('/authorize', byObject(m)), m.cookies) },
  authorizeObjectPost: { weight: 4, draft: (m) => post('/authorize', byObject(m)) },
  authorizeObjectAt: {
    weight: 3,
    draft: (m) => get('/authorize', [...authorization(m), ...fields({ request_uri: 'https://app.test/request' })]),
  },
  goOn: { weight: 3, draft: (m) => withCookies(get('/authorize/continue', m.login.query), m.strangerCookies) },
  loginPage: { weight: 3, draft: (m) => withCookies(get('/login', m.login.query), m.strangerCookies) },
  login: {
    weight: 1,
    draft: (m) => withCookies(submit(m.login, { username: 'mallory', password }), m.strangerCookies),
  },
  consentPage: { weight: 3, draft: (m) => withCookies(get('/consent', m.consent.query), m.cookies) },
  consent: { weight: 6, draft: (m) => withCookies(submit(m.consent), m.cookies) },
  selectPage: { weight: 2, draft: (m) => withCookies(get('/select-account', m.selectAccount.query), m.cookies) },
  select: { weight: 3, draft: (m) => withCookies(submit(m.selectAccount), m.cookies) },
  logout: { weight: 3, draft: (m) => withCookies(get('/logout', leaving(m)), m.cookies) },
  logoutPost: { weight: 3, draft: (m) => post('/logout', leaving(m)) },
  logoutConfirm: { weight: 3, draft: (m) => withCookies(submit(m.logout), m.cookies) },
  code: { weight: 10, draft: (m) => asClient(post('/token', redemption(m)), m) },
  codeInForm: { weight: 4, draft: (m) => post('/token', [...redemption(m), ...inForm(m)]) },
  refresh: {
    weight: 10,
    draft: (m) => asClient(post('/token', fields({ grant_type: 'refresh_token', refresh_token: m.slots.refresh })), m),
  },
  ownToken: {
    weight: 8,
    draft: (m) => asClient(post('/token', fields({ grant_type: 'client_credentials', scope: apiScopes[0] })), m),
  },
  introspect: {
    weight: 8,
    draft: (m) => asClient(post('/introspect', fields({ token: m.slots.access, token_type_hint: 'access_token' })), m),
  },
  revoke: { weight: 6, draft: (m) => asClient(post('/revoke', fields({ token: m.slots.refresh })), m) },
  userinfo: { weight: 6, draft: (m) => bearer(get('/userinfo', []), m) },
  userinfoPost: { weight: 4, draft: (m) => bearer(post('/userinfo', []), m) },
  userinfoForm: { weight: 3, draft: (m) => post('/userinfo', fields({ access_token: m.slots.access })) },
  register: { weight: 10, draft: () => inJson('POST', '/register', plainClient) },
  registerAll: { weight: 10, draft: () => inJson('POST', '/register', fullClient) },
  registration: { weight: 3, draft: (m) => registered(m, get('', [])) },
  changeRegistration: { weight: 8, draft: (m) => registered(m, inJson('PUT', '', changedClient(m))) },
  endRegistration: { weight: 2, draft: (m) => registered(m, { ...get('', []), method: 'DELETE' }) },
  registerPreflight: { weight: 2, draft: () => preflight('/register') },
  jwks: { weight: 3, draft: () => get('/.well-known/jwks.json', []) },
  discovery: { weight: 3, draft: () => get('/.well-known/openid-configuration', []) },
  metadata: { weight: 2, draft: () => get('/.well-known/oauth-authorization-server', []) },
  home: { weight: 2, draft: (m) => withCookies(get('/', []), m.cookies) },
  preflight: { weight: 3, draft: () => preflight('/token') },
  ready: { weight: 1, draft: () => ({ ...get('/health/ready', []), listener: 'management' }) },
  live: { weight: 1, draft: () => ({ ...get('/health/live', []), listener: 'management' }) },
  metrics: { weight: 1, draft: () => ({ ...get('/metrics', []), listener: 'management' }) },
}

const bare = { cookies: [], basic: [], form: undefined }
const silently = fieldsOf({ prompt: 'none' })
const asking = fieldsOf({
  claims:
    '{"userinfo":{"name":{"essential":true},"email":null},"id_token":{"auth_time":{"essential":true},"acr":{"values":["aal1","x"]},"sub":{}}}',
})

/** What clients that register themselves send: the least, and nearly everything. */
const plainClient = fieldsOf({ redirect_uris: '["https://app.test/cb"]' })
const fullClient = fieldsOf({
  redirect_uris: '["https://app.test/cb","https://app.test/bye"]',
  response_types: '["code","code id_token token","id_token"]',
  grant_types: '["authorization_code","implicit","refresh_token"]',
  client_name: '"Notes"',
  'client_name#ja': '"x"',
  application_type: '"web"',
  scope: '"openid profile offline_access"',
  token_endpoint_auth_method: '"private_key_jwt"',
  jwks: '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"k"}]}',
  logo_uri: '"https://app.test/logo.png"',
  tos_uri: '"https://app.test/terms"',
  contacts: '["ops@app.test"]',
  subject_type: '"pairwise"',
  id_token_signed_response_alg: '"ES256"',
  request_object_encryption_alg: '"ECDH-ES"',
  request_uris: '["https://app.test/request#1"]',
  default_max_age: '3600',
  require_auth_time: 'true',
  default_acr_values: '["aal1"]',
  backchannel_logout_uri: '"https://app.test/out"',
  frontchannel_logout_uri: '"https://app.test/frame"',
  frontchannel_logout_session_required: 'true',
  post_logout_redirect_uris: '["https://app.test/bye"]',
})

function get(path: string, query: readonly Field[]): Draft {
  return { listener: 'public', method: 'GET', path, query, headers: fieldsOf({ accept: 'text/html' }), ...bare }
}

function post(path: string, form: readonly Field[]): Draft {
  const headers = fieldsOf({ accept: '*/*', 'content-type': formType })
  return { listener: 'public', method: 'POST', path, query: [], headers, ...bare, form }
}

function inJson(method: string, path: string, json: readonly Field[]): Draft {
  const headers = fieldsOf({ accept: '*/*', 'content-type': 'application/json' })
  return { listener: 'public', method, path, query: [], headers, ...bare, json }
}

/** At the address of the client that registered itself, with its token. */
function registered({ slots }: Materials, draft: Draft): Draft {
  const headers = [...draft.headers, { name: 'authorization', value: `Bearer ${slots.registrationToken}` }]
  return { ...draft, path: `/register/${slots.registeredId}`, headers }
}

function preflight(path: string): Draft {
  const asked = { origin: 'https://app.test', 'access-control-request-method': 'POST' }
  return { ...get(path, []), method: 'OPTIONS', headers: fieldsOf(asked) }
}

/** The form of a page with what a person types into it. */
function submit({ path, query, fields: known }: OpenForm, typed: { readonly [name: string]: string } = {}): Draft {
  const form = known.map((field) => ({ ...field, value: typed[field.name] ?? field.value }))
  return { ...post(path, form), query }
}

function withCookies(draft: Draft, cookies: readonly Field[]): Draft {
  return { ...draft, cookies }
}

function asClient(draft: Draft, { credentials: { id, secret } }: Materials): Draft {
  return { ...draft, basic: fieldsOf({ id, secret }) }
}

function bearer(draft: Draft, { slots }: Materials): Draft {
  return { ...draft, headers: [...draft.headers, { name: 'authorization', value: `Bearer ${slots.access}` }] }
}

function fields(values: { readonly [name: string]: string | undefined }): readonly Field[] {
  return Object.entries(values).map(([name, value = '']) => ({ name, value }))
}

function authorization({ slots }: Materials): readonly Field[] {
  return fields({
    response_type: 'code',
    client_id: slots.clientId,
    redirect_uri: slots.redirectUri,
    scope: 'openid',
    state: 'a-state',
    nonce: 'a-nonce',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
    code_challenge_method: 'S256',
  })
}

/** A request for tokens in the answer itself, by the client that may have them. */
function frontChannel(m: Materials, responseType: string): readonly Field[] {
  const own: { readonly [name: string]: string } = { response_type: responseType, client_id: m.slots.tokensId ?? '' }
  const isCode = responseType.includes('code')
  const asked = authorization(m).filter(({ name }) => isCode || !name.startsWith('code_challenge'))
  return asked.map((field) => ({ ...field, value: own[field.name] ?? field.value }))
}

function hybrid(m: Materials): readonly Field[] {
  return frontChannel(m, 'code id_token token')
}

function byObject({ slots }: Materials): readonly Field[] {
  return fields({
    client_id: slots.tokensId,
    response_type: 'code id_token',
    scope: 'openid',
    request: slots.requestObject,
  })
}

function redemption({ slots }: Materials): readonly Field[] {
  const { code, verifier, redirectUri } = slots
  return fields({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier })
}

function inForm({ slots }: Materials): readonly Field[] {
  return fields({ client_id: slots.clientId, client_secret: slots.secret })
}

function changedClient({ slots }: Materials): readonly Field[] {
  return [...plainClient, ...fieldsOf({ client_id: JSON.stringify(slots.registeredId), client_name: '"Other"' })]
}

function leaving({ slots }: Materials): readonly Field[] {
  return fields({ id_token_hint: slots.idToken, post_logout_redirect_uri: slots.returnTo, state: 'a-state' })
}
