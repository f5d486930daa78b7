import { aServer, type ServerOptions, type TestServer } from '#test/support/server.ts'

export type Json = { readonly [name: string]: unknown }

/** The provider under test: a real server that listens, and a person with every standard claim. */
export type Op = {
  readonly issuer: string
  readonly server: TestServer
  readonly person: { readonly sub: string; readonly username: string; readonly password: string }
  /** The discovery document, as it is served now. */
  metadata(): Promise<Json>
  close(): Promise<void>
}

const username = 'conformance'
const password = 'a-password-for-the-suite-alone'
const email = 'conformance@people.test'

/** What a scope must bring, claim by claim (OpenID Connect Core §5.1, §5.4). A table. */
export const claimsOfScope: { readonly [scope: string]: readonly string[] } = {
  profile: [
    'name',
    'given_name',
    'family_name',
    'middle_name',
    'nickname',
    'profile',
    'picture',
    'website',
    'gender',
    'birthdate',
    'zoneinfo',
    'locale',
    'updated_at',
    'preferred_username',
  ],
  email: ['email', 'email_verified'],
  address: ['address'],
  phone: ['phone_number', 'phone_number_verified'],
}

/** The claims that an operator writes into a person's record; the others follow from it. */
const personClaims = {
  name: 'Ada King Lovelace',
  given_name: 'Ada',
  family_name: 'Lovelace',
  middle_name: 'King',
  nickname: 'Countess',
  profile: 'https://people.test/ada',
  picture: 'https://people.test/ada.png',
  website: 'https://ada.people.test/',
  gender: 'female',
  birthdate: '1815-12-10',
  zoneinfo: 'Europe/London',
  locale: 'en-GB',
  phone_number: '+44 20 7946 0000',
  phone_number_verified: true,
  address: {
    formatted: '12 St James Square\nLondon SW1Y 4JH\nUnited Kingdom',
    street_address: '12 St James Square',
    locality: 'London',
    region: 'London',
    postal_code: 'SW1Y 4JH',
    country: 'United Kingdom',
  },
} as const

/** Starts a provider with the person. Close it where the file ends. */
export async function anOp(options: ServerOptions = {}): Promise<Op> {
  const server = await aServer(options)
  const wishes = { username, email, emailVerified: true, claims: personClaims }
  const { sub } = await server.users.create(wishes, password, 'conformance')
  const { issuer } = server
  return {
    issuer,
    server,
    person: { sub, username, password },
    metadata: () => readJson(`${issuer}/.well-known/openid-configuration`),
    close: () => server.close(),
  }
}

/** A document that must be there, and be JSON. */
export async function readJson(url: string, init: RequestInit = {}): Promise<Json> {
  const response = await fetch(url, { redirect: 'manual', ...init })
  const type = response.headers.get('content-type') ?? ''
  if (response.status !== 200 || !type.startsWith('application/json'))
    throw new Error(`${url} answered ${response.status} ${type}`)
  return (await response.json()) as Json
}
