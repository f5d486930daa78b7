import { isSigningAlg, signingAlgs } from '../keys/stored-ring.ts'
import type { Fault } from '../oauth/rejection.ts'
import { grantsOf, readResponseType } from '../oauth/response-type.ts'
import { assertionAlgs } from './assertion-algs.ts'
import { type ClientDetails, defaultResponseTypes, type Encryption, type LogoutAddress } from './client-details.ts'
import type { ClientWishes, EncryptionWish, LogoutWish } from './client-wishes.ts'
import { encryptionAlgs, encryptionEncs } from './encryption-algs.ts'
import { checkPageUri, checkRequestUri } from './redirect-uri-rules.ts'

const mostTexts = 50
const longestText = 500
const longestAge = 10 ** 9

/** The part of {@link readWishes} about what OpenID Connect adds to a client. `registration` is nobody's wish. */
export function readDetails(faults: Fault[], wishes: ClientWishes, grants: readonly string[]): ReadDetails {
  const { sectorIdentifierUri, initiateLoginUri, softwareId, softwareVersion } = wishes
  checkUri(faults, 'sectorIdentifierUri', sectorIdentifierUri)
  checkUri(faults, 'initiateLoginUri', initiateLoginUri)
  checkTexts(faults, 'softwareId', softwareId === undefined ? [] : [softwareId])
  checkTexts(faults, 'softwareVersion', softwareVersion === undefined ? [] : [softwareVersion])
  return {
    responseTypes: readResponseTypes(faults, wishes.responseTypes, grants),
    subjectType: readSubjectType(faults, wishes.subjectType),
    sectorIdentifierUri,
    ...readAlgorithms(faults, wishes),
    requestUris: readRequestUris(faults, wishes.requestUris ?? []),
    defaultMaxAge: readAge(faults, wishes.defaultMaxAge),
    requireAuthTime: wishes.requireAuthTime ?? false,
    defaultAcrValues: checkTexts(faults, 'defaultAcrValues', wishes.defaultAcrValues ?? []),
    initiateLoginUri,
    backchannelLogout: readLogout(faults, 'backchannelLogout', wishes.backchannelLogout),
    frontchannelLogout: readFrontchannel(faults, wishes),
    contacts: checkTexts(faults, 'contacts', wishes.contacts ?? []),
    softwareId,
    softwareVersion,
  }
}

export type ReadDetails = Omit<ClientDetails, 'registration'>

function readResponseTypes(
  faults: Fault[],
  wished: readonly string[] | undefined,
  grants: readonly string[],
): ReadonlySet<string> {
  const field = 'responseTypes'
  const types = (wished ?? defaultResponseTypes(grants)).map((text) => {
    const type = readResponseType(text)
    if (!type) faults.push({ field, what: `${text} is not a response type of this provider.` })
    const missing = type && grantsOf(type).find((grant) => !grants.includes(grant))
    if (missing) faults.push({ field, what: `The response type ${type} needs the grant ${missing}.` })
    return type ?? text
  })
  return new Set(types)
}

function readSubjectType(faults: Fault[], type: string | undefined): ClientDetails['subjectType'] {
  if (type === undefined || type === 'public' || type === 'pairwise') return type ?? 'public'
  faults.push({ field: 'subjectType', what: `${type} is not known; use one of: public, pairwise.` })
  return 'public'
}

type Algorithms = Pick<
  ClientDetails,
  'idTokenEncryption' | 'userInfoAlg' | 'userInfoEncryption' | 'requestObjectAlg' | 'requestObjectEncryption'
>

/** What is sent to the client is encrypted to its keys, so it needs some. */
function readAlgorithms(faults: Fault[], wishes: ClientWishes): Algorithms {
  const { userInfoAlg, requestObjectAlg, jwks, jwksUri } = wishes
  const toClient = ['idTokenEncryption', 'userInfoEncryption'] as const
  for (const field of toClient)
    if (wishes[field] && jwks === undefined && jwksUri === undefined)
      faults.push({ field, what: 'What is encrypted for a client needs its keys: jwks or jwks_uri.' })
  if (userInfoAlg !== undefined && !isSigningAlg(userInfoAlg))
    faults.push({ field: 'userInfoAlg', what: `${userInfoAlg} is not known; use one of: ${signingAlgs.join(', ')}.` })
  if (requestObjectAlg !== undefined && !assertionAlgs.includes(requestObjectAlg)) {
    const what = `${requestObjectAlg} is not known; use one of: ${assertionAlgs.join(', ')}.`
    faults.push({ field: 'requestObjectAlg', what })
  }
  return {
    idTokenEncryption: readEncryption(faults, 'idTokenEncryption', wishes.idTokenEncryption),
    userInfoAlg,
    userInfoEncryption: readEncryption(faults, 'userInfoEncryption', wishes.userInfoEncryption),
    requestObjectAlg,
    requestObjectEncryption: readEncryption(faults, 'requestObjectEncryption', wishes.requestObjectEncryption),
  }
}

function readEncryption(faults: Fault[], field: string, wish: EncryptionWish | undefined): Encryption | undefined {
  if (!wish) return undefined
  const { alg = '', enc = encryptionEncs[0] ?? '' } = wish
  if (!encryptionAlgs.includes(alg))
    faults.push({ field, what: `${alg || 'No algorithm'} is not known; use one of: ${encryptionAlgs.join(', ')}.` })
  if (!encryptionEncs.includes(enc))
    faults.push({ field, what: `${enc} is not known; use one of: ${encryptionEncs.join(', ')}.` })
  return { alg, enc }
}

function readRequestUris(faults: Fault[], uris: readonly string[]): readonly string[] {
  if (uris.length > mostTexts) faults.push({ field: 'requestUris', what: `More than ${mostTexts} URIs.` })
  for (const uri of uris) refuseUri(faults, 'requestUris', uri, checkRequestUri(uri))
  return [...new Set(uris)]
}

function readAge(faults: Fault[], age: number | undefined): number | undefined {
  if (age === undefined || (Number.isInteger(age) && age >= 0 && age <= longestAge)) return age
  faults.push({ field: 'defaultMaxAge', what: `A whole number of seconds, from 0 to ${longestAge}.` })
  return undefined
}

function readLogout(faults: Fault[], field: string, wish: LogoutWish | undefined): LogoutAddress | undefined {
  if (!wish) return undefined
  refuseUri(faults, field, wish.uri, checkPageUri(wish.uri))
  return { uri: wish.uri, sessionRequired: wish.sessionRequired ?? false }
}

/** A browser loads it for the person who signs out: it is at an origin of the client's own (Front-Channel Logout 1.0 §2). */
function readFrontchannel(faults: Fault[], { frontchannelLogout: wish, redirectUris = [] }: ClientWishes) {
  const origin = wish && URL.parse(wish.uri)?.origin
  if (origin !== undefined && !redirectUris.some((uri) => URL.parse(uri)?.origin === origin)) {
    const what = 'Scheme, host and port have to be those of a redirect URI (Front-Channel Logout 1.0 §2).'
    faults.push({ field: 'frontchannelLogout', what, policy: true })
  }
  return readLogout(faults, 'frontchannelLogout', wish)
}

function checkUri(faults: Fault[], field: string, uri: string | undefined): void {
  if (uri === undefined) return
  const onlyHttps = uri.startsWith('https:') ? undefined : 'only https is allowed'
  refuseUri(faults, field, uri, checkPageUri(uri) ?? onlyHttps)
}

function refuseUri(faults: Fault[], field: string, uri: string, fault: string | undefined): void {
  if (fault) faults.push({ field, what: `${JSON.stringify(uri)} cannot be registered: ${fault}.`, policy: true })
}

function checkTexts(faults: Fault[], field: string, texts: readonly string[]): readonly string[] {
  const isFine = (text: string) => text !== '' && text.length <= longestText && !/\p{Cc}/u.test(text)
  if (texts.length <= mostTexts && texts.every(isFine)) return texts
  faults.push({ field, what: `At most ${mostTexts} texts of 1 to ${longestText} characters, none of them a control.` })
  return []
}
