import { type Command, Option } from 'commander'
import { clientAuthenticationMethods } from '#core/clients/client.ts'
import type { ClientWishes } from '#core/clients/client-wishes.ts'
import { signingAlgs } from '#core/keys/stored-ring.ts'
import { addClientDetailOptions, type ClientDetailFlags, wishesOfDetailFlags } from './client-detail-options.ts'
import { readJsonFile } from './json-file.ts'
import { names } from './verb.ts'

/** Flags that describe a client, as commander reads them. */
export type ClientFlags = ClientDetailFlags & {
  readonly name?: string
  readonly redirectUri?: readonly string[]
  readonly postLogoutRedirectUri?: readonly string[]
  readonly public?: boolean
  readonly applicationType?: string
  readonly authMethod?: string
  readonly authSigningAlg?: string
  readonly jwks?: string
  readonly jwksUri?: string
  readonly tlsSubjectDn?: string
  readonly tlsSanDns?: string
  readonly tlsSanUri?: string
  readonly tlsSanIp?: string
  readonly tlsSanEmail?: string
  readonly grant?: readonly string[]
  readonly scope?: readonly string[]
  readonly firstParty?: boolean
  readonly resourceServerOf?: string
  readonly accessTokenFormat?: string
  readonly accessTokenAlg?: string
  readonly idTokenAlg?: string
  readonly clientUri?: string
  readonly logoUri?: string
  readonly policyUri?: string
  readonly tosUri?: string
}

/** Adds the flags that creating and updating share. */
export function addClientOptions(command: Command): Command {
  command
    .option('--redirect-uri <uri...>', 'where answers may go; exact, no wildcard')
    .option('--post-logout-redirect-uri <uri...>', 'where a person may go after signing out')
    .addOption(new Option('--auth-method <method>', 'how it proves itself').choices(clientAuthenticationMethods))
    .option('--auth-signing-alg <alg>', 'the one algorithm of its assertions')
    .option('--jwks <file>', 'its public keys, a JWKS in a file')
    .option('--jwks-uri <url>', 'where its public keys are')
    .option('--tls-subject-dn <name>', 'the subject of its certificate, as RFC 4514 writes it (tls_client_auth)')
    .option('--tls-san-dns <host>', 'or a host name in it')
    .option('--tls-san-uri <uri>', 'or a URI in it')
    .option('--tls-san-ip <address>', 'or an IP address in it')
    .option('--tls-san-email <address>', 'or an e-mail address in it')
    .option('--grant <type...>', 'authorization_code, refresh_token, client_credentials')
    .option('--scope <scope...>', 'what it may ask for')
    .option('--resource-server-of <audience>', 'the API whose tokens it may introspect')
    .addOption(new Option('--access-token-format <format>', "instead of the API's own").choices(['jwt', 'opaque']))
    .addOption(new Option('--access-token-alg <alg>', "instead of the API's own").choices(signingAlgs))
    .addOption(new Option('--id-token-alg <alg>', 'RS256 unless told').choices(signingAlgs))
    .option('--client-uri <url>', 'its home page')
    .option('--logo-uri <url>', 'its logo')
    .option('--policy-uri <url>', 'its privacy policy')
    .option('--tos-uri <url>', 'its terms of service')
  return addClientDetailOptions(command)
}

/** The wishes that the flags express; what was not given is left out, and an empty text takes a URI away. */
export function wishesOfFlags(flags: ClientFlags): ClientWishes {
  const { redirectUri, postLogoutRedirectUri, authMethod, grant, scope, public: isPublic, jwks, ...same } = flags
  const wishes: { -readonly [Name in keyof ClientWishes]: ClientWishes[Name] } = {}
  for (const name of sameNames) {
    const value = same[name]
    if (value !== undefined) Object.assign(wishes, { [name]: value === '' ? undefined : value })
  }
  if (redirectUri) wishes.redirectUris = redirectUri
  if (postLogoutRedirectUri) wishes.postLogoutRedirectUris = postLogoutRedirectUri.filter((uri) => uri !== '')
  if (authMethod ?? isPublic) wishes.authenticationMethod = authMethod ?? 'none'
  for (const [flag, wish] of certificateNames) if (flags[flag] !== undefined) wishes[wish] = flags[flag]
  if (flags.authSigningAlg !== undefined) wishes.tokenEndpointAuthSigningAlg = flags.authSigningAlg || undefined
  // Keys are in one place: whoever names one takes the other away.
  if (jwks !== undefined)
    Object.assign(wishes, { jwks: jwks === '' ? undefined : readJsonFile(jwks), jwksUri: undefined })
  else if (flags.jwksUri) wishes.jwks = undefined
  if (grant) wishes.grantTypes = names(grant)
  if (scope) wishes.scopes = names(scope)
  return { ...wishes, ...wishesOfDetailFlags(flags) }
}

const certificateNames = [
  ['tlsSubjectDn', 'tlsClientAuthSubjectDn'],
  ['tlsSanDns', 'tlsClientAuthSanDns'],
  ['tlsSanUri', 'tlsClientAuthSanUri'],
  ['tlsSanIp', 'tlsClientAuthSanIp'],
  ['tlsSanEmail', 'tlsClientAuthSanEmail'],
] as const

const sameNames = [
  'name',
  'applicationType',
  'firstParty',
  'resourceServerOf',
  'accessTokenFormat',
  'accessTokenAlg',
  'idTokenAlg',
  'clientUri',
  'logoUri',
  'policyUri',
  'tosUri',
  'jwksUri',
] as const
