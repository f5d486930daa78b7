/** A content encryption to one key of a client, or to ours (RFC 7516). */
export type Encryption = { readonly alg: string; readonly enc: string }

/** Where a client is told that a session has ended. */
export type LogoutAddress = {
  readonly uri: string
  /** Whether it cannot do without the session's id. */
  readonly sessionRequired: boolean
}

/** How a client came to be that registered itself (RFC 7591). */
export type Registration = {
  /** SHA-256 of the token that manages it (RFC 7592), base64url. */
  readonly tokenHash: string
  /** What allowed it: an initial access token, by its id; `open` where none was asked for. */
  readonly by: string
  readonly at: Date
}

/** What a client says of itself beyond the basics: the metadata of OpenID Connect, kept as one. */
export type ClientDetails = {
  /** What it may ask the authorization endpoint for; the words of each in alphabetical order. */
  readonly responseTypes: ReadonlySet<string>
  /** Whether its people are known to it by a subject of its own (OpenID Connect Core §8). */
  readonly subjectType: 'public' | 'pairwise'
  readonly sectorIdentifierUri: string | undefined
  readonly idTokenEncryption: Encryption | undefined
  /** How UserInfo is signed for it; undefined is plain JSON. */
  readonly userInfoAlg: string | undefined
  readonly userInfoEncryption: Encryption | undefined
  /** The one algorithm of its request objects; undefined allows every one that its keys fit. */
  readonly requestObjectAlg: string | undefined
  readonly requestObjectEncryption: Encryption | undefined
  /** The only addresses that its request objects are fetched from. */
  readonly requestUris: readonly string[]
  /** Seconds since a sign-in that it accepts where a request does not say. */
  readonly defaultMaxAge: number | undefined
  readonly requireAuthTime: boolean
  readonly defaultAcrValues: readonly string[]
  /** Where others may send a person to sign in at it (OpenID Connect Core §4). */
  readonly initiateLoginUri: string | undefined
  readonly backchannelLogout: LogoutAddress | undefined
  readonly frontchannelLogout: LogoutAddress | undefined
  /** Addresses of the people who are responsible for it. */
  readonly contacts: readonly string[]
  readonly softwareId: string | undefined
  readonly softwareVersion: string | undefined
  /** Undefined for a client that an operator made. */
  readonly registration: Registration | undefined
}

/** What a client has that says nothing beyond the basics: the code flow where it may use it. */
export function plainDetails(grantTypes: Iterable<string>): ClientDetails {
  return {
    responseTypes: new Set(defaultResponseTypes(grantTypes)),
    subjectType: 'public',
    sectorIdentifierUri: undefined,
    idTokenEncryption: undefined,
    userInfoAlg: undefined,
    userInfoEncryption: undefined,
    requestObjectAlg: undefined,
    requestObjectEncryption: undefined,
    requestUris: [],
    defaultMaxAge: undefined,
    requireAuthTime: false,
    defaultAcrValues: [],
    initiateLoginUri: undefined,
    backchannelLogout: undefined,
    frontchannelLogout: undefined,
    contacts: [],
    softwareId: undefined,
    softwareVersion: undefined,
    registration: undefined,
  }
}

/** The response types of a client that names none (RFC 7591 §2). */
export function defaultResponseTypes(grantTypes: Iterable<string>): readonly string[] {
  return [...grantTypes].includes('authorization_code') ? ['code'] : []
}
