import type { Client } from '../clients/client.ts'
import { type ClientWishes, wishesOf } from '../clients/client-wishes.ts'
import { type Fault, reject, rejectFaults } from '../oauth/rejection.ts'

type Encrypted = 'idTokenEncryption' | 'userInfoEncryption' | 'requestObjectEncryption'
type Told = 'backchannelLogout' | 'frontchannelLogout'
type Place = keyof ClientWishes | `${Encrypted}.${'alg' | 'enc'}` | `${Told}.${'uri' | 'sessionRequired'}`
type Form = 'text' | 'texts' | 'words' | 'number' | 'flag' | 'document'

/**
 * Every member of a client's document that its owner decides: its name on the wire (RFC 7591 §2, RFC 8705 §2.1.2, OpenID Connect
 * Registration §2, and the logout specifications), where it stands inside, and its form in JSON. Read in both directions;
 * what is not in here cannot be set by a document at all.
 */
const members: readonly (readonly [name: string, place: Place, form: Form])[] = [
  ['client_name', 'name', 'text'],
  ['application_type', 'applicationType', 'text'],
  ['redirect_uris', 'redirectUris', 'texts'],
  ['post_logout_redirect_uris', 'postLogoutRedirectUris', 'texts'],
  ['grant_types', 'grantTypes', 'texts'],
  ['response_types', 'responseTypes', 'texts'],
  ['scope', 'scopes', 'words'],
  ['token_endpoint_auth_method', 'authenticationMethod', 'text'],
  ['token_endpoint_auth_signing_alg', 'tokenEndpointAuthSigningAlg', 'text'],
  ['tls_client_auth_subject_dn', 'tlsClientAuthSubjectDn', 'text'],
  ['tls_client_auth_san_dns', 'tlsClientAuthSanDns', 'text'],
  ['tls_client_auth_san_uri', 'tlsClientAuthSanUri', 'text'],
  ['tls_client_auth_san_ip', 'tlsClientAuthSanIp', 'text'],
  ['tls_client_auth_san_email', 'tlsClientAuthSanEmail', 'text'],
  ['jwks', 'jwks', 'document'],
  ['jwks_uri', 'jwksUri', 'text'],
  ['client_uri', 'clientUri', 'text'],
  ['logo_uri', 'logoUri', 'text'],
  ['policy_uri', 'policyUri', 'text'],
  ['tos_uri', 'tosUri', 'text'],
  ['contacts', 'contacts', 'texts'],
  ['software_id', 'softwareId', 'text'],
  ['software_version', 'softwareVersion', 'text'],
  ['subject_type', 'subjectType', 'text'],
  ['sector_identifier_uri', 'sectorIdentifierUri', 'text'],
  ['id_token_signed_response_alg', 'idTokenAlg', 'text'],
  ['id_token_encrypted_response_alg', 'idTokenEncryption.alg', 'text'],
  ['id_token_encrypted_response_enc', 'idTokenEncryption.enc', 'text'],
  ['userinfo_signed_response_alg', 'userInfoAlg', 'text'],
  ['userinfo_encrypted_response_alg', 'userInfoEncryption.alg', 'text'],
  ['userinfo_encrypted_response_enc', 'userInfoEncryption.enc', 'text'],
  ['request_object_signing_alg', 'requestObjectAlg', 'text'],
  ['request_object_encryption_alg', 'requestObjectEncryption.alg', 'text'],
  ['request_object_encryption_enc', 'requestObjectEncryption.enc', 'text'],
  ['request_uris', 'requestUris', 'texts'],
  ['default_max_age', 'defaultMaxAge', 'number'],
  ['require_auth_time', 'requireAuthTime', 'flag'],
  ['default_acr_values', 'defaultAcrValues', 'texts'],
  ['initiate_login_uri', 'initiateLoginUri', 'text'],
  ['backchannel_logout_uri', 'backchannelLogout.uri', 'text'],
  ['backchannel_logout_session_required', 'backchannelLogout.sessionRequired', 'flag'],
  ['frontchannel_logout_uri', 'frontchannelLogout.uri', 'text'],
  ['frontchannel_logout_session_required', 'frontchannelLogout.sessionRequired', 'flag'],
]

/** A JSON object whose members nobody has looked at yet. */
export type JsonObject = { readonly [name: string]: unknown }

/** The body of a request as an object; rejects where it is none. */
export function asObject(document: unknown): JsonObject {
  if (typeof document === 'object' && document !== null && !Array.isArray(document)) return { ...document }
  return reject('malformed', 'document', 'The body is not a JSON object.')
}

/**
 * What a document asks for. `null` is as good as absent (RFC 7592 §2.2); members that are not known are passed over
 * (RFC 7591 §2), names in other languages (`client_name#ja`) with them. Rejects where one has another form than it should.
 */
export function readClientDocument(document: JsonObject): ClientWishes {
  const faults: Fault[] = []
  const wishes: { [field: string]: unknown } = {}
  for (const [name, place, form] of members) {
    const value = Object.hasOwn(document, name) ? document[name] : undefined
    if (value === undefined || value === null) continue
    const { read, is } = forms[form]
    const wish = read(value)
    if (wish === undefined) faults.push({ field: fieldOf(place), what: `${name} has to be ${is}.` })
    else put(wishes, place, wish)
  }
  rejectFaults(faults)
  return withoutNowhere(wishes)
}

/** Wishes for nothing: what a document that replaces another one begins with. */
export const noWishes: ClientWishes = Object.fromEntries(members.map(([, place]) => [fieldOf(place), undefined]))

/** Lists that are shown even where they are empty, because an absent one would mean its default. */
const neverLeftOut: readonly string[] = ['redirect_uris', 'post_logout_redirect_uris', 'grant_types', 'response_types']

/** A client as a document: everything that its owner decides, under its names on the wire. Never a secret. */
export function clientDocument(client: Client): JsonObject {
  const view = { ...wishesOf(client), responseTypes: [...client.responseTypes] }
  const shown = members.map(([name, place, form]) => [name, forms[form].write(get(view, place))] as const)
  const isNothing = (value: unknown) => value === undefined || (Array.isArray(value) && value.length === 0)
  return Object.fromEntries(shown.filter(([name, value]) => neverLeftOut.includes(name) || !isNothing(value)))
}

/** The first member that says what a field says: what a fault of the field is called on the wire. */
export function wireNameOf(field: string): string | undefined {
  return members.find(([, place]) => fieldOf(place) === field)?.[0]
}

type Shape = { readonly is: string; read(value: unknown): unknown; write(value: unknown): unknown }

const asItIs = (value: unknown): unknown => value
const textIs = (value: unknown) => (typeof value === 'string' ? value : undefined)

const forms: { readonly [form in Form]: Shape } = {
  text: { is: 'a text', read: textIs, write: asItIs },
  texts: {
    is: 'a list of texts',
    read: (value) => (Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined),
    write: asItIs,
  },
  words: {
    is: 'a text of words with blanks between them',
    read: (value) =>
      textIs(value)
        ?.split(' ')
        .filter((word) => word !== ''),
    write: (value) => (Array.isArray(value) ? value.join(' ') : undefined),
  },
  number: { is: 'a number', read: (value) => (typeof value === 'number' ? value : undefined), write: asItIs },
  flag: { is: 'true or false', read: (value) => (typeof value === 'boolean' ? value : undefined), write: asItIs },
  document: {
    is: 'an object',
    read: (value) => (typeof value === 'object' && !Array.isArray(value) ? value : undefined),
    write: asItIs,
  },
}

function fieldOf(place: Place): string {
  return place.split('.')[0] ?? place
}

function get(view: JsonObject, place: Place): unknown {
  const [field = '', part] = place.split('.')
  const value = view[field]
  if (part === undefined) return value
  return typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined
}

function put(wishes: { [field: string]: unknown }, place: Place, value: unknown): void {
  const [field = '', part] = place.split('.')
  const before = wishes[field]
  wishes[field] = part === undefined ? value : { ...(typeof before === 'object' ? before : {}), [part]: value }
}

/** Whoever needs a session's id to be told of its end, and gives no address, is not told. */
function withoutNowhere(wishes: ClientWishes): ClientWishes {
  const { backchannelLogout, frontchannelLogout, ...others } = wishes
  return {
    ...others,
    ...(backchannelLogout?.uri !== undefined && { backchannelLogout }),
    ...(frontchannelLogout?.uri !== undefined && { frontchannelLogout }),
  }
}
