import { isSigningAlg, type SigningAlg } from '../keys/stored-ring.ts'
import { type Fault, rejectFaults } from '../oauth/rejection.ts'
import { isScopeName } from '../oauth/scope.ts'
import { readCertificateWishes } from './certificate-wishes.ts'
import { type Client, clientAuthenticationMethods } from './client.ts'
import { type ClientMetadata, type ClientWishes, withDefaults } from './client-wishes.ts'
import { readDetails } from './read-details.ts'
import { readKeyWishes } from './read-key-wishes.ts'
import { checkPageUri, checkRedirectUri } from './redirect-uri-rules.ts'
import { checkSubject } from './subject-rules.ts'

/** Every grant a client can be registered for. */
const registrableGrants: readonly string[] = ['authorization_code', 'refresh_token', 'client_credentials', 'implicit']

const mostUris = 50
const longestName = 100

/** Collects faults and reads words: each reader answers a value that stands in where the wish is at fault. */
type Faults = Fault[]

/**
 * Checks wishes against every rule of registration (RFC 7591 §2, OpenID Connect Registration §2) and fills in the
 * defaults. Throws a {@link Rejection} with all faults.
 */
export function readWishes(wishes: ClientWishes): ClientMetadata {
  const faults: Faults = []
  const full = withDefaults(wishes)
  const applicationType = word(faults, 'applicationType', full.applicationType ?? 'web', ['web', 'native'])
  const method = word(
    faults,
    'authenticationMethod',
    full.authenticationMethod ?? 'client_secret_basic',
    clientAuthenticationMethods,
  )
  checkName(faults, full.name ?? '')
  for (const field of ['redirectUris', 'postLogoutRedirectUris'] as const) {
    checkUris(faults, field, full[field], applicationType)
  }
  checkGrants(faults, { grants: full.grantTypes, method, redirectUris: full.redirectUris, applicationType })
  checkScopes(faults, full.scopes)
  for (const field of ['clientUri', 'logoUri', 'policyUri', 'tosUri'] as const) checkPage(faults, field, full[field])

  checkSubject(faults, full)

  const format = full.accessTokenFormat
  const metadata: ClientMetadata = {
    name: full.name?.trim() ?? '',
    applicationType,
    redirectUris: full.redirectUris,
    postLogoutRedirectUris: full.postLogoutRedirectUris,
    grantTypes: new Set(full.grantTypes),
    authenticationMethod: method,
    ...readKeyWishes(faults, full, method),
    certificateSubject: readCertificateWishes(faults, full, method),
    scopes: new Set(full.scopes),
    firstParty: full.firstParty ?? false,
    resourceServerOf: full.resourceServerOf,
    accessTokenFormat: format === undefined ? undefined : word(faults, 'accessTokenFormat', format, ['jwt', 'opaque']),
    accessTokenAlg: full.accessTokenAlg && algorithm(faults, 'accessTokenAlg', full.accessTokenAlg),
    idTokenAlg: algorithm(faults, 'idTokenAlg', full.idTokenAlg ?? 'RS256'),
    clientUri: full.clientUri,
    logoUri: full.logoUri,
    policyUri: full.policyUri,
    tosUri: full.tosUri,
    ...readDetails(faults, full, full.grantTypes),
  }
  rejectFaults(faults)
  return metadata
}

function word<const T extends string>(faults: Faults, field: string, text: string, words: readonly T[]): T {
  const known = words.find((each) => each === text)
  if (known === undefined) faults.push({ field, what: `${text} is not known; use one of: ${words.join(', ')}.` })
  return known ?? (words[0] as T)
}

function algorithm(faults: Faults, field: string, text: string): SigningAlg {
  if (isSigningAlg(text)) return text
  return word(faults, field, text, ['ES256', 'RS256', 'EdDSA', 'PS256'])
}

function checkName(faults: Faults, name: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  const invisible = /[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/
  if (name.trim() === '')
    faults.push({ field: 'name', what: 'A client needs a name; people see it when they sign in.' })
  else if (name.length > longestName || invisible.test(name)) {
    faults.push({
      field: 'name',
      what: `The name must have at most ${longestName} characters, none of them invisible.`,
    })
  }
}

function checkUris(faults: Faults, field: string, uris: readonly string[], type: Client['applicationType']): void {
  if (uris.length > mostUris) faults.push({ field, what: `More than ${mostUris} URIs.` })
  for (const uri of uris) {
    const fault = checkRedirectUri(uri, type)
    if (fault) faults.push({ field, what: `${JSON.stringify(uri)} cannot be registered: ${fault}.`, policy: true })
  }
}

function checkPage(faults: Faults, field: string, uri: string | undefined): void {
  const fault = uri === undefined ? undefined : checkPageUri(uri)
  if (fault) faults.push({ field, what: `${JSON.stringify(uri)} cannot be registered: ${fault}.`, policy: true })
}

type GrantWishes = {
  readonly grants: readonly string[]
  readonly method: Client['authentication']['method']
  readonly redirectUris: readonly string[]
  readonly applicationType: Client['applicationType']
}

function checkGrants(faults: Faults, { grants, method, redirectUris, applicationType }: GrantWishes): void {
  const field = 'grantTypes'
  for (const grant of grants) word(faults, field, grant, registrableGrants)
  const has = (grant: string): boolean => grants.includes(grant)
  if (grants.length === 0) faults.push({ field, what: 'A client needs a grant.' })
  if (has('client_credentials') && method === 'none') {
    faults.push({
      field,
      what: 'A public client has nothing to prove itself with: no client_credentials.',
      policy: true,
    })
  }
  if (has('refresh_token') && !has('authorization_code')) {
    faults.push({ field, what: 'refresh_token needs authorization_code beside it.' })
  }
  const needing = grants.find((grant) => grant === 'authorization_code' || grant === 'implicit')
  if (needing && redirectUris.length === 0) {
    faults.push({ field: 'redirectUris', what: `${needing} needs at least one redirect URI.` })
  }
  // OpenID Connect Registration §2, application_type: nothing else keeps the tokens of such an answer from the network.
  if (has('implicit') && applicationType === 'web' && !redirectUris.every((uri) => uri.startsWith('https:'))) {
    faults.push({ field: 'redirectUris', what: 'A web client with the grant implicit needs https.', policy: true })
  }
}

function checkScopes(faults: Faults, scopes: readonly string[]): void {
  const wrong = scopes.filter((scope) => !isScopeName(scope))
  for (const scope of wrong) faults.push({ field: 'scopes', what: `${JSON.stringify(scope)} is not a scope name.` })
  if (scopes.length > 100) faults.push({ field: 'scopes', what: 'More than 100 scopes.' })
}
