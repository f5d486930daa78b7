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

function get(path: string, query: readonly Field[]): Draft {
  return { listener: 'public', method: 'GET', path, query, headers: fieldsOf({ accept: 'text/html' }), ...bare }
}

function post(path: string, form: readonly Field[]): Draft {
  const headers = fieldsOf({ accept: '*/*', 'content-type': formType })
  return { listener: 'public', method: 'POST', path, query: [], headers, ...bare, form }
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

function redemption({ slots }: Materials): readonly Field[] {
  const { code, verifier, redirectUri } = slots
  return fields({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier })
}

function inForm({ slots }: Materials): readonly Field[] {
  return fields({ client_id: slots.clientId, client_secret: slots.secret })
}

function leaving({ slots }: Materials): readonly Field[] {
  return fields({ id_token_hint: slots.idToken, post_logout_redirect_uri: slots.returnTo, state: 'a-state' })
}
