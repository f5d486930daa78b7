import { type Authority, localServer } from './certificates.ts'
import { freePorts } from './free-ports.ts'
import { aPerson, type Person } from './person.ts'
import { aServer, type ServerOptions, type TestServer } from './server.ts'

/** What a stranger's client is registered with; what is left out takes the defaults of `signet clients create`. */
export type ClientWish = {
  readonly public?: boolean
  readonly redirectUris?: readonly string[]
  readonly postLogoutRedirectUris?: readonly string[]
  readonly scopes: readonly string[]
  readonly grantTypes?: readonly string[]
  readonly responseTypes?: readonly string[]
  readonly method?: 'client_secret_basic' | 'client_secret_post'
  readonly accessTokenAlg?: string
  readonly backchannelLogout?: { readonly uri: string; readonly sessionRequired: boolean }
}

/** A provider that really listens, with an API and a person: all that a stranger may know of it. */
export type Provider = {
  readonly issuer: string
  /** The audience of an API with the scope `notes:read`. */
  readonly api: string
  /** The person's subject and name. */
  readonly sub: string
  readonly name: string
  readonly username: string
  readonly password: string
  /** Registers a client. */
  client(wish: ClientWish): Promise<{ readonly id: string; readonly secret: string }>
  /** A token that lets its bearer register one client, where `flags` say that clients register with one. */
  initialToken(): Promise<string>
  /** A new browser with the person at it; `knows` are relying parties that really listen. */
  person(knows?: readonly string[]): Person
  /** An access token for the API, by client_credentials, and the client that got it. */
  token(wish: Pick<ClientWish, 'scopes' | 'accessTokenAlg'>): Promise<{ readonly id: string; readonly token: string }>
  /** Makes the person be asked again by every client. */
  forgetConsents(): Promise<void>
  /** Ends everything the person is signed in to, as an operator does, and tells those who asked to be told. */
  endSessions(): Promise<void>
  close(): Promise<void>
}

export type ProviderOptions = {
  readonly api?: string
  /** Seconds that the API's tokens live. */
  readonly apiLifetime?: number
  /** Where it listens; a free port unless told. */
  readonly port?: number
  readonly tamper?: ServerOptions['tamper']
  /** It speaks https, with a certificate of this authority; whoever runs it trusts the authority. */
  readonly authority?: Authority
  readonly flags?: ServerOptions['flags']
}

const username = 'ada'
const password = 'correct-horse-battery'
const name = 'Ada Lovelace'
const actor = 'system'

/** A server on the embedded stores, in a folder and on a port of its own. */
export async function aProvider(options: ProviderOptions = {}): Promise<Provider> {
  const { api = 'https://notes.example', apiLifetime, tamper } = options
  const flags = { ...options.flags, ...(await addressOf(options)) }
  const server = await aServer({ stores: 'real', flags, ...(tamper && { tamper }) })
  const { issuer } = server
  const scopes = new Map([['notes:read', 'Read your notes']])
  await server.apis.create({ audience: api, scopes, lifetime: apiLifetime }, actor)
  const { sub } = await server.users.create({ username, claims: { name } }, password, actor)
  const client = (wish: ClientWish) => register(server, wish)
  return {
    ...{ issuer, api, sub, name, username, password, client, close: server.close },
    initialToken: async () => (await server.tokens.create({ uses: 1, lifetime: 60 }, actor)).secret,
    person: (knows = []) => aPerson({ issuer, username, password, knows }),
    token: async (wish) => {
      const made = await client({ ...wish, grantTypes: ['client_credentials'] })
      return { id: made.id, token: await tokenOfItsOwn(issuer, made, { scope: wish.scopes.join(' '), resource: api }) }
    },
    forgetConsents: () => forgetConsents(server, sub),
    endSessions: () => endSessions(server, sub),
  }
}

async function addressOf({ port, authority }: ProviderOptions): Promise<Readonly<Record<string, string>>> {
  if (!authority) return port ? { 'listen.port': String(port), issuer: `http://localhost:${port}` } : {}
  const [free = 0] = await freePorts(1)
  const { certificate, key } = authority.issue(localServer)
  return {
    'listen.port': `${port ?? free}`,
    issuer: `https://localhost:${port ?? free}`,
    'listen.tls.certificate': certificate,
    'listen.tls.key': key,
  }
}

async function register({ clients }: TestServer, wish: ClientWish): Promise<{ id: string; secret: string }> {
  const { public: isPublic, method, grantTypes = ['authorization_code', 'refresh_token'], ...rest } = wish
  const authenticationMethod = isPublic ? 'none' : (method ?? 'client_secret_basic')
  const made = await clients.create({ name: 'A stranger', ...rest, grantTypes, authenticationMethod }, actor)
  return { id: made.client.id, secret: made.secret ?? '' }
}

type Credentials = { readonly id: string; readonly secret: string }

async function tokenOfItsOwn(
  issuer: string,
  { id, secret }: Credentials,
  wish: Record<string, string>,
): Promise<string> {
  const headers = { authorization: `Basic ${btoa(`${id}:${secret}`)}` }
  const body = new URLSearchParams({ grant_type: 'client_credentials', ...wish })
  const response = await fetch(`${issuer}/token`, { method: 'POST', headers, body })
  const answer = (await response.json()) as { access_token?: string }
  if (!answer.access_token) throw new Error(`no token: ${JSON.stringify(answer)}`)
  return answer.access_token
}

async function forgetConsents({ stores }: TestServer, sub: string): Promise<void> {
  for (const { clientId } of await stores.consents.list(sub)) await stores.consents.end(sub, clientId)
}

async function endSessions({ stores, endings, clock, sendLogouts }: TestServer, sub: string): Promise<void> {
  for (const { id } of await stores.facts.listSessions(sub, clock.now()))
    await endings.session(id, 'revoked_by_operator')
  await sendLogouts()
}
