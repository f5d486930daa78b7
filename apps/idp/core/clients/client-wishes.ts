import { grantsOf, readResponseType } from '../oauth/response-type.ts'
import type { Scopes } from '../oauth/scope.ts'
import type { CertificateSubject } from './certificate-subject.ts'
import { wishesOfCertificate } from './certificate-wishes.ts'
import type { Client } from './client.ts'
import { defaultResponseTypes } from './client-details.ts'

/** An encryption as it is asked for; without `enc` it is the default of OpenID Connect Registration §2. */
export type EncryptionWish = { readonly alg?: string | undefined; readonly enc?: string | undefined }

/** Where a client wants to be told of a sign-out. */
export type LogoutWish = { readonly uri: string; readonly sessionRequired?: boolean | undefined }

/**
 * What somebody asks a client to be, before anything is checked: texts, as a command or a request brings them. What is
 * left out takes its default; see {@link readWishes}.
 */
export type ClientWishes = {
  readonly name?: string | undefined
  readonly applicationType?: string | undefined
  readonly redirectUris?: readonly string[] | undefined
  readonly postLogoutRedirectUris?: readonly string[] | undefined
  readonly grantTypes?: readonly string[] | undefined
  readonly authenticationMethod?: string | undefined
  /** A JWKS document, parsed. */
  readonly jwks?: unknown
  readonly jwksUri?: string | undefined
  readonly tokenEndpointAuthSigningAlg?: string | undefined
  /** The one name of its certificate, by its kind (RFC 8705 §2.1.2). */
  readonly tlsClientAuthSubjectDn?: string | undefined
  readonly tlsClientAuthSanDns?: string | undefined
  readonly tlsClientAuthSanUri?: string | undefined
  readonly tlsClientAuthSanIp?: string | undefined
  readonly tlsClientAuthSanEmail?: string | undefined
  readonly scopes?: readonly string[] | undefined
  readonly firstParty?: boolean | undefined
  readonly resourceServerOf?: string | undefined
  readonly accessTokenFormat?: string | undefined
  readonly accessTokenAlg?: string | undefined
  readonly idTokenAlg?: string | undefined
  readonly clientUri?: string | undefined
  readonly logoUri?: string | undefined
  readonly policyUri?: string | undefined
  readonly tosUri?: string | undefined
  readonly responseTypes?: readonly string[] | undefined
  readonly subjectType?: string | undefined
  readonly sectorIdentifierUri?: string | undefined
  readonly idTokenEncryption?: EncryptionWish | undefined
  readonly userInfoAlg?: string | undefined
  readonly userInfoEncryption?: EncryptionWish | undefined
  readonly requestObjectAlg?: string | undefined
  readonly requestObjectEncryption?: EncryptionWish | undefined
  readonly requestUris?: readonly string[] | undefined
  readonly defaultMaxAge?: number | undefined
  readonly requireAuthTime?: boolean | undefined
  readonly defaultAcrValues?: readonly string[] | undefined
  readonly initiateLoginUri?: string | undefined
  readonly backchannelLogout?: LogoutWish | undefined
  readonly frontchannelLogout?: LogoutWish | undefined
  readonly contacts?: readonly string[] | undefined
  readonly softwareId?: string | undefined
  readonly softwareVersion?: string | undefined
}

/** The wishes that would make this client again: what an update starts from. */
export function wishesOf(client: Client): ClientWishes {
  const responseTypes = [...client.responseTypes]
  const isDefault = responseTypes.join() === defaultResponseTypes(client.grantTypes).join()
  return {
    ...client,
    // What follows from the grants follows from other grants, too.
    responseTypes: isDefault ? undefined : responseTypes,
    grantTypes: [...client.grantTypes],
    scopes: [...client.scopes],
    authenticationMethod: client.authentication.method,
    jwks: client.jwks && { keys: client.jwks },
    ...wishesOfCertificate(client),
  }
}

/**
 * The wishes with their defaults: authorization code, or what the response types need; scope openid, web, basic; refresh
 * where offline access is asked.
 */
export function withDefaults(wishes: ClientWishes): ClientWishes & {
  readonly grantTypes: readonly string[]
  readonly scopes: readonly string[]
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
} {
  const grants = wishes.grantTypes ?? grantsFor(wishes.responseTypes)
  const isForPeople = grants.includes('authorization_code') || grants.includes('implicit')
  const scopes = wishes.scopes ?? (isForPeople ? ['openid'] : [])
  const refreshes = !wishes.grantTypes && grants.includes('authorization_code') && scopes.includes('offline_access')
  return {
    ...wishes,
    grantTypes: refreshes ? [...grants, 'refresh_token'] : grants,
    scopes,
    redirectUris: unique(wishes.redirectUris ?? []),
    postLogoutRedirectUris: unique(wishes.postLogoutRedirectUris ?? []),
  }
}

/** The grants of a client that names none: what its response types need (RFC 7591 §2.1). */
export function grantsFor(responseTypes: readonly string[] = []): readonly string[] {
  const types = responseTypes.map(readResponseType).filter((type) => type !== undefined)
  return types.length === 0 ? ['authorization_code'] : unique(types.flatMap(grantsOf))
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set<string>(texts)]
}

/** The part of a client that wishes decide. */
export type ClientMetadata = Omit<
  Client,
  'id' | 'authentication' | 'enabled' | 'tokenVersion' | 'createdAt' | 'revision' | 'scopes' | 'registration'
> & {
  readonly scopes: Scopes
  readonly authenticationMethod: Client['authentication']['method']
  /** There where the method is `tls_client_auth`, and only there. */
  readonly certificateSubject: CertificateSubject | undefined
}
