import { type Command, Option } from 'commander'
import type { ClientWishes, EncryptionWish, LogoutWish } from '#core/clients/client-wishes.ts'
import { signingAlgs } from '#core/keys/stored-ring.ts'
import { Failure } from './exit-code.ts'
import { durationFlag } from './verb.ts'

/** Flags for what OpenID Connect adds to a client, as commander reads them. */
export type ClientDetailFlags = {
  readonly responseType?: readonly string[]
  readonly subjectType?: string
  readonly sectorIdentifierUri?: string
  readonly idTokenEncryptionAlg?: string
  readonly idTokenEncryptionEnc?: string
  readonly userinfoAlg?: string
  readonly userinfoEncryptionAlg?: string
  readonly userinfoEncryptionEnc?: string
  readonly requestObjectAlg?: string
  readonly requestObjectEncryptionAlg?: string
  readonly requestObjectEncryptionEnc?: string
  readonly requestUri?: readonly string[]
  readonly defaultMaxAge?: number
  readonly requireAuthTime?: boolean
  readonly defaultAcrValue?: readonly string[]
  readonly initiateLoginUri?: string
  readonly backchannelLogoutUri?: string
  readonly backchannelLogoutSessionRequired?: boolean
  readonly frontchannelLogoutUri?: string
  readonly frontchannelLogoutSessionRequired?: boolean
  readonly contact?: readonly string[]
  readonly softwareId?: string
  readonly softwareVersion?: string
}

/** Adds them, for creating and updating. Long because it is a list. */
export function addClientDetailOptions(command: Command): Command {
  return command
    .option('--response-type <type...>', 'what it may ask for; "code" where it has that grant')
    .addOption(new Option('--subject-type <type>', 'public unless told').choices(['public', 'pairwise']))
    .option('--sector-identifier-uri <url>', 'lists the redirect URIs that share pairwise subjects')
    .option('--id-token-encryption-alg <alg>', 'ID tokens are encrypted to its key')
    .option('--id-token-encryption-enc <enc>', 'with this content encryption; A128CBC-HS256 unless told')
    .addOption(new Option('--userinfo-alg <alg>', 'UserInfo is signed').choices(signingAlgs))
    .option('--userinfo-encryption-alg <alg>', 'UserInfo is encrypted to its key')
    .option('--userinfo-encryption-enc <enc>', 'with this content encryption; A128CBC-HS256 unless told')
    .option('--request-object-alg <alg>', 'the one algorithm of its request objects')
    .option('--request-object-encryption-alg <alg>', 'how its request objects are encrypted')
    .option('--request-object-encryption-enc <enc>', 'with this content encryption; A128CBC-HS256 unless told')
    .option('--request-uri <url...>', 'where its request objects may be fetched from')
    .option('--default-max-age <duration>', 'how old a sign-in may be where a request does not say', durationFlag)
    .option('--require-auth-time', 'its ID tokens always say when the person signed in')
    .option('--no-require-auth-time', 'they say so where a request asks')
    .option('--default-acr-value <value...>', 'how a person should sign in where a request does not say')
    .option('--initiate-login-uri <url>', 'where others may send people to sign in at it')
    .option('--backchannel-logout-uri <url>', 'is told of a sign-out by us')
    .option('--backchannel-logout-session-required', 'it cannot do without the session')
    .option('--frontchannel-logout-uri <url>', 'is told of a sign-out by the browser')
    .option('--frontchannel-logout-session-required', 'it cannot do without the session')
    .option('--contact <address...>', 'the people who are responsible for it')
    .option('--software-id <id>', 'the software that it is an installation of')
    .option('--software-version <version>', 'the version of that software')
}

const texts = [
  ['subjectType', 'subjectType'],
  ['sectorIdentifierUri', 'sectorIdentifierUri'],
  ['userinfoAlg', 'userInfoAlg'],
  ['requestObjectAlg', 'requestObjectAlg'],
  ['initiateLoginUri', 'initiateLoginUri'],
  ['softwareId', 'softwareId'],
  ['softwareVersion', 'softwareVersion'],
] as const

const lists = [
  ['responseType', 'responseTypes'],
  ['requestUri', 'requestUris'],
  ['defaultAcrValue', 'defaultAcrValues'],
  ['contact', 'contacts'],
] as const

/** The wishes that these flags express; what was not given is left out, and an empty text takes something away. */
export function wishesOfDetailFlags(flags: ClientDetailFlags): ClientWishes {
  const given = new Map<keyof ClientWishes, unknown>()
  for (const [flag, field] of texts) if (flags[flag] !== undefined) given.set(field, flags[flag] || undefined)
  for (const [flag, field] of lists) {
    const values = flags[flag]?.filter((value) => value !== '')
    if (values) given.set(field, field === 'responseTypes' && values.length === 0 ? undefined : values)
  }
  if (flags.defaultMaxAge !== undefined) given.set('defaultMaxAge', flags.defaultMaxAge)
  if (flags.requireAuthTime !== undefined) given.set('requireAuthTime', flags.requireAuthTime)
  const encryptions = {
    idTokenEncryption: encryptionOf(flags.idTokenEncryptionAlg, flags.idTokenEncryptionEnc),
    userInfoEncryption: encryptionOf(flags.userinfoEncryptionAlg, flags.userinfoEncryptionEnc),
    requestObjectEncryption: encryptionOf(flags.requestObjectEncryptionAlg, flags.requestObjectEncryptionEnc),
  }
  const { backchannelLogoutUri: back, frontchannelLogoutUri: front } = flags
  const logouts = {
    backchannelLogout: logoutOf('--backchannel-logout', back, flags.backchannelLogoutSessionRequired),
    frontchannelLogout: logoutOf('--frontchannel-logout', front, flags.frontchannelLogoutSessionRequired),
  }
  const parts = Object.entries({ ...encryptions, ...logouts }).flatMap(([field, part]) =>
    part ? [[field, part.wish]] : [],
  )
  return { ...Object.fromEntries(given), ...Object.fromEntries(parts) }
}

/** Undefined where nothing was said; no wish where it is taken away. */
type Said<Wish> = { readonly wish: Wish | undefined } | undefined

function encryptionOf(alg: string | undefined, enc: string | undefined): Said<EncryptionWish> {
  if (alg === undefined && enc === undefined) return undefined
  return { wish: alg === '' ? undefined : { alg, enc } }
}

function logoutOf(flag: string, uri: string | undefined, sessionRequired: boolean | undefined): Said<LogoutWish> {
  if (uri === undefined && sessionRequired)
    throw new Failure('usage', `${flag}-session-required needs ${flag}-uri beside it.`)
  return uri === undefined ? undefined : { wish: uri === '' ? undefined : { uri, sessionRequired } }
}
