import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import type { ClientWishes } from '#core/clients/client-wishes.ts'
import type { Json, Op } from './op.ts'
import type { RelyingPartyOptions } from './relying-party.ts'
import { type Changes, parameters, send } from './requests.ts'

/** Metadata of a client in the names of RFC 7591 and OpenID Connect Registration. */
export type ClientMetadata = Json & {
  readonly redirect_uris?: readonly string[]
  readonly grant_types?: readonly string[]
  readonly response_types?: readonly string[]
}

/** A client that is registered, and how it proves itself at the token endpoint. */
export type Registered = {
  readonly id: string
  readonly secret: string
  readonly method: NonNullable<RelyingPartyOptions['method']>
  /** The first of its redirect URIs. */
  readonly redirectUri: string
  /** What was asked for at the registration. */
  readonly metadata: ClientMetadata
  /** What the provider answered; a static client has no such answer. */
  readonly answer: Json
  /** Where a dynamic registration is managed, and with which token. */
  readonly registration: { readonly uri: string; readonly token: string } | undefined
  /** The fields with the proof in them, and the headers that belong to it. */
  prove(fields: Changes): Promise<{ readonly headers: Record<string, string>; readonly body: URLSearchParams }>
}

const callback = 'https://suite.test/test/a/signet/callback'

type Wish = RelyingPartyOptions & { readonly responseType: string }
type Key = { readonly jwk: JWK; readonly privateKey: CryptoKey; readonly kid: string }

const everyScope = ['openid', 'profile', 'email', 'address', 'phone', 'offline_access']

/** Registers a client: at `/register`, or by the operator. */
export async function registerClient(op: Op, wish: Wish): Promise<Registered> {
  const { method = 'client_secret_basic', by = 'static' } = wish
  const key = method === 'private_key_jwt' ? await aKey() : undefined
  const metadata = metadataOf(wish, key ?? (by === 'dynamic' ? await spareKey() : undefined))
  const made = by === 'dynamic' ? await registerAtEndpoint(op, metadata) : await registerByOperator(op, metadata)
  const redirectUri = metadata.redirect_uris?.[0] ?? callback
  return { ...made, method, metadata, redirectUri, prove: proof(op, { ...made, method }, key) }
}

/** What the suite sends: names, addresses, what it will ask for, its keys, and whom to write to. */
function metadataOf(
  { responseType, method = 'client_secret_basic', metadata }: Wish,
  key: Key | undefined,
): ClientMetadata {
  const words = responseType.split(' ')
  const grants = [
    ...(words.includes('code') ? ['authorization_code'] : []),
    ...(words.includes('token') || words.includes('id_token') ? ['implicit'] : []),
  ]
  return {
    client_name: 'The conformance suite',
    redirect_uris: [callback],
    response_types: [responseType],
    grant_types: grants,
    token_endpoint_auth_method: method,
    contacts: ['suite@people.test'],
    ...(key && !metadata?.jwks_uri && { jwks: { keys: [key.jwk] } }),
    ...metadata,
  }
}

let spare: Promise<Key> | undefined

/** The suite registers keys whether it needs them or not. */
function spareKey(): Promise<Key> {
  spare ??= aKey()
  return spare
}

async function registerAtEndpoint(op: Op, metadata: ClientMetadata) {
  const { registration_endpoint: endpoint } = await op.metadata()
  const headers = { 'content-type': 'application/json' }
  const made = await send(String(endpoint), { method: 'POST', headers, body: JSON.stringify(metadata) })
  if (made.status !== 201) throw new Error(`not registered: ${made.status} ${made.text}`)
  const { client_id: id, client_secret: secret = '', registration_client_uri: uri } = made.json
  const registration = uri ? { uri: String(uri), token: String(made.json.registration_access_token) } : undefined
  return { id: String(id), secret: String(secret), answer: made.json, registration }
}

async function registerByOperator({ server }: Op, metadata: ClientMetadata) {
  const { client, secret = '' } = await server.clients.create(wishesFrom(metadata), 'conformance')
  return { id: client.id, secret, answer: {}, registration: undefined }
}

/** What an operator's flags would say of the same client. */
function wishesFrom(metadata: ClientMetadata): ClientWishes {
  const texts = (name: string) => metadata[name] as readonly string[] | undefined
  const text = (name: string) => metadata[name] as string | undefined
  const wishes: ClientWishes = {
    name: text('client_name'),
    redirectUris: texts('redirect_uris'),
    responseTypes: texts('response_types'),
    grantTypes: texts('grant_types'),
    authenticationMethod: text('token_endpoint_auth_method'),
    postLogoutRedirectUris: texts('post_logout_redirect_uris'),
    jwks: metadata.jwks,
    backchannelLogout: logoutWish(metadata, 'backchannel_logout'),
    frontchannelLogout: logoutWish(metadata, 'frontchannel_logout'),
    scopes: everyScope,
  }
  return Object.fromEntries(Object.entries(wishes).filter(([, value]) => value !== undefined))
}

function logoutWish(metadata: ClientMetadata, name: string): ClientWishes['backchannelLogout'] {
  const uri = metadata[`${name}_uri`]
  return typeof uri === 'string' ? { uri, sessionRequired: metadata[`${name}_session_required`] === true } : undefined
}

async function aKey(): Promise<Key> {
  const kid = randomUUID()
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' } }
}

function proof(
  op: Op,
  client: Pick<Registered, 'id' | 'secret' | 'method'>,
  key: Key | undefined,
): Registered['prove'] {
  const { id, secret, method } = client
  return async (fields) => {
    if (method === 'client_secret_basic') {
      const pair = `${encodeURIComponent(id)}:${encodeURIComponent(secret)}`
      return { headers: { authorization: `Basic ${btoa(pair)}` }, body: parameters(fields) }
    }
    const own: Changes = key
      ? { client_assertion_type: assertionType, client_assertion: await assertion(op, id, key) }
      : { client_secret: secret }
    return { headers: {}, body: parameters({ client_id: id, ...own, ...fields }) }
  }
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

function assertion({ server, issuer }: Op, id: string, { kid, privateKey }: Key): Promise<string> {
  const now = Math.floor(server.clock.now().getTime() / 1000)
  const claims = { iss: id, sub: id, aud: issuer, jti: randomUUID(), iat: now, exp: now + 60 }
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey)
}
