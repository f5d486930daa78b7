import { afterAll, afterEach, expect } from 'vitest'
import { aServer, type ServerOptions, type TestServer } from '#test/support/server.ts'

export type KnownClient = {
  readonly id: string
  /** Empty for a public client. */
  readonly secret: string
  readonly method: 'client_secret_basic' | 'client_secret_post' | 'none'
  readonly redirectUri: string
}

export type KnownUser = { readonly sub: string; readonly username: string; readonly password: string }

/** An API, and the client that its resource server introspects with. */
export type ResourceServer = { readonly audience: string; readonly scope: string; readonly client: KnownClient }

/** An answer with its body read; redirects are not followed. */
export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as an object of JSON; empty where it is none. */
  readonly json: Readonly<Record<string, unknown>>
  readonly location: URL | undefined
}

/** A server with everybody that the attacks need. */
export type World = {
  readonly server: TestServer
  readonly issuer: string
  /** Confidential, authenticates with Basic; all three grants. */
  readonly c1: KnownClient
  /** Confidential, authenticates in the form; all three grants. */
  readonly c2: KnownClient
  /** Public and native, with a loopback redirect URI. */
  readonly p1: KnownClient
  readonly u1: KnownUser
  readonly u2: KnownUser
  readonly rs1: ResourceServer
  readonly rs2: ResourceServer
  /** Sends one request to the server; keeps every secret that it answers in mind. */
  send(path: string | URL, init?: RequestInit): Promise<Answer>
  /** Says that a text must not be found in the log. */
  keepSecret(...texts: readonly (string | undefined)[]): void
  /** Fails where the log holds a secret, or an answer with 5xx since the last call (but for those expected). */
  check(expected?: readonly number[]): void
  close(): Promise<void>
}

const actor = 'test'
const everyScope = ['openid', 'profile', 'email', 'roles', 'groups', 'offline_access']
const everyGrant = ['authorization_code', 'refresh_token', 'client_credentials']

/** Starts a world. Close it where the test ends. */
export async function aWorld(options: ServerOptions = {}): Promise<World> {
  return worldOn(await aServer(options))
}

/** Everybody, on a server that is there already. */
export async function worldOn(server: TestServer): Promise<World> {
  const rs1 = await resourceServer(server, 'rs1')
  const rs2 = await resourceServer(server, 'rs2')
  const scopes = [...everyScope, rs1.scope, rs2.scope]
  const c1 = await confidential(server, { name: 'c1', method: 'client_secret_basic', scopes })
  const c2 = await confidential(server, { name: 'c2', method: 'client_secret_post', scopes })
  const p1 = await publicClient(server, scopes)
  const u1 = await user(server, 'u1')
  const u2 = await user(server, 'u2')
  const known = [c1, c2, rs1.client, rs2.client].map(({ secret }) => secret)
  const watch = aWatch(server, [...known, u1.password, u2.password])
  const { issuer } = server
  return { server, issuer, c1, c2, p1, u1, u2, rs1, rs2, ...watch, close: () => server.close() }
}

/** A world for a whole file, looked through after each test. Call it at the top of the file. */
export async function theWorld(options: ServerOptions = {}): Promise<World> {
  const world = await aWorld(options)
  afterEach(() => world.check())
  afterAll(() => world.close())
  return world
}

type Confidential = {
  readonly name: string
  readonly method: 'client_secret_basic' | 'client_secret_post'
  readonly scopes: readonly string[]
}

async function confidential({ clients }: TestServer, { name, method, scopes }: Confidential): Promise<KnownClient> {
  const redirectUri = `https://${name}.test/cb`
  const postLogoutRedirectUris = [`https://${name}.test/bye`]
  const redirectUris = [redirectUri]
  const wishes = { id: name, name, redirectUris, postLogoutRedirectUris, scopes, grantTypes: everyGrant }
  const { secret = '' } = await clients.create({ ...wishes, authenticationMethod: method }, actor)
  return { id: name, secret, method, redirectUri }
}

async function publicClient({ clients }: TestServer, scopes: readonly string[]): Promise<KnownClient> {
  const id = 'p1'
  const redirectUri = 'http://127.0.0.1/cb'
  const grantTypes = ['authorization_code', 'refresh_token']
  const wishes = { id, name: id, applicationType: 'native', redirectUris: [redirectUri], scopes, grantTypes }
  await clients.create({ ...wishes, authenticationMethod: 'none' }, actor)
  return { id, secret: '', method: 'none', redirectUri }
}

async function resourceServer({ apis, clients }: TestServer, name: string): Promise<ResourceServer> {
  const audience = `https://${name}.test`
  const scope = `${name}:read`
  await apis.create({ audience, scopes: new Map([[scope, `Read from ${name}`]]) }, actor)
  const wishes = { id: name, name, grantTypes: ['client_credentials'], resourceServerOf: audience }
  const { secret = '' } = await clients.create(wishes, actor)
  return { audience, scope, client: { id: name, secret, method: 'client_secret_basic', redirectUri: '' } }
}

async function user({ users }: TestServer, username: string): Promise<KnownUser> {
  const password = `canary-of-${username}-${Math.random().toString(36).slice(2)}`
  const claims = { name: `Name of ${username}`, roles: [`role-of-${username}`] }
  const { sub } = await users.create({ username, email: `${username}@people.test`, claims }, password, actor)
  return { sub, username, password }
}

function aWatch({ issuer, log }: TestServer, known: readonly string[]): Pick<World, 'send' | 'keepSecret' | 'check'> {
  const secrets = new Set(known)
  const keepSecret = (...texts: readonly (string | undefined)[]) => {
    for (const text of texts) if (text) secrets.add(text)
  }
  let seen = 0
  return {
    keepSecret,
    async send(path, init = {}) {
      const answer = await read(await fetch(new URL(path, issuer), { redirect: 'manual', ...init }))
      keepSecret(...secretsOf(answer))
      return answer
    },
    check(expected = []) {
      const text = log.join('\n')
      const leaked = [...secrets].filter((secret) => text.includes(secret)).map((secret) => secret.slice(0, 12))
      const failed = log.slice(seen).filter((line) => {
        const status = /"status":(5\d\d)/.exec(line)?.[1]
        return status !== undefined && !expected.includes(Number(status))
      })
      seen = log.length
      expect({ leaked, failed }).toEqual({ leaked: [], failed: [] })
    },
  }
}

async function read(response: Response): Promise<Answer> {
  const { status, headers } = response
  const text = await response.text()
  const location = headers.get('location')
  return { status, headers, text, json: jsonOf(text), location: location ? new URL(location, response.url) : undefined }
}

function jsonOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
  } catch {
    return {}
  }
}

/** What a log must never show of an answer: tokens, codes, the values of cookies. */
function secretsOf({ json, headers, location }: Answer): readonly string[] {
  const tokens = ['access_token', 'refresh_token', 'id_token'].map((name) => json[name])
  const cookies = headers.getSetCookie().map((line) => /^[^=]+=([^;]{16,})/.exec(line)?.[1])
  const code = location?.searchParams.get('code')
  return [...tokens, ...cookies, code].filter((text): text is string => typeof text === 'string' && text !== '')
}
