import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign, type webcrypto } from 'node:crypto'
import { type Changes, parameters } from './steps.ts'
import { type Claims, encode } from './tokens.ts'
import type { Answer, World } from './world.ts'

/** The value of `client_assertion_type`. */
export const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/** A key pair of a client, as it registers it and as it signs with it. */
export type Pair = {
  readonly jwk: webcrypto.JsonWebKey & { readonly kid: string }
  readonly privateKey: KeyObject
  readonly alg: string
}

/** A client that proves itself by assertions. */
export type AssertingClient = { readonly id: string; readonly pair: Pair; readonly secret: string }

/** Makes a key pair; a `kid` of its own unless told. */
export function aPair(alg = 'ES256', kid: string = randomUUID()): Pair {
  const { publicKey, privateKey } = pairFor(alg)
  return { jwk: { ...publicKey.export({ format: 'jwk' }), kid }, privateKey, alg }
}

function pairFor(alg: string) {
  if (alg.startsWith('RS') || alg.startsWith('PS')) return generateKeyPairSync('rsa', { modulusLength: 2048 })
  if (alg.startsWith('Ed')) return generateKeyPairSync('ed25519')
  const namedCurve = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }[alg] ?? 'P-256'
  return generateKeyPairSync('ec', { namedCurve })
}

/** A signature over text as the algorithm asks, by Node's own crypto: nothing of ours, nor a library, decides what is right. */
function signature(alg: string, key: KeyObject | string, text: string): string {
  if (alg.startsWith('HS'))
    return createHmac(`sha${alg.slice(2)}`, key)
      .update(text)
      .digest('base64url')
  if (typeof key === 'string') return ''
  if (alg.startsWith('Ed')) return sign(null, Buffer.from(text), key).toString('base64url')
  const hash = `sha${alg.slice(2)}`
  if (alg.startsWith('ES'))
    return sign(hash, Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')
  const padding = alg.startsWith('PS') ? { padding: 6, saltLength: Number(alg.slice(2)) / 8 } : {}
  return sign(hash, Buffer.from(text), { key, ...padding }).toString('base64url')
}

/** What an assertion says otherwise than an honest one: undefined leaves a member out. */
export type Otherwise = {
  readonly claims?: Claims
  readonly header?: Claims
  /** The claims as they are written, where no object can say it. */
  readonly written?: (json: string) => string
  /** Who signs it, if not the client. */
  readonly key?: KeyObject | string
}

/** An honest assertion, but for the changes. */
export function assertionOf(
  world: World,
  { id, pair }: AssertingClient,
  { claims, header, key, written = (json) => json }: Otherwise = {},
): string {
  const now = Math.floor(world.server.clock.now().getTime() / 1000)
  const times = { iat: now, exp: now + 60 }
  const said = { iss: id, sub: id, aud: world.issuer, jti: randomUUID(), ...times, ...claims }
  const protectedHeader: Claims = { alg: pair.alg, kid: pair.jwk.kid, ...header }
  const payload = Buffer.from(written(JSON.stringify(said))).toString('base64url')
  const text = `${encode(protectedHeader)}.${payload}`
  return `${text}.${signature(String(protectedHeader.alg), key ?? pair.privateKey, text)}`
}

/** A client registered with a pair of its own, with the grant of a client's own tokens. */
export async function aKeyClient(world: World, pair: Pair = aPair(), wishes: Claims = {}): Promise<AssertingClient> {
  const own = {
    name: 'Key',
    grantTypes: ['client_credentials'],
    scopes: [world.rs1.scope],
    authenticationMethod: 'private_key_jwt',
  }
  const keys = 'jwksUri' in wishes ? {} : { jwks: { keys: [pair.jwk] } }
  const { client } = await world.server.clients.create({ ...own, ...keys, ...wishes }, 'test')
  return { id: client.id, pair, secret: '' }
}

/** A client with a secret that it makes MACs with. */
export async function aMacClient(world: World, wishes: Claims = {}): Promise<AssertingClient> {
  const own = {
    name: 'Mac',
    grantTypes: ['client_credentials'],
    scopes: [world.rs1.scope],
    authenticationMethod: 'client_secret_jwt',
  }
  const { client, secret = '' } = await world.server.clients.create({ ...own, ...wishes }, 'test')
  world.keepSecret(secret)
  return { id: client.id, pair: { ...aPair(), alg: 'HS256' }, secret }
}

/** An honest assertion of a client with a secret, but for the changes. */
export function macOf(world: World, client: AssertingClient, otherwise: Otherwise = {}): string {
  return assertionOf(world, client, {
    key: client.secret,
    ...otherwise,
    header: { kid: undefined, ...otherwise.header },
  })
}

/** Asks for a client's own token with an assertion and nothing else, but for the changes. */
export function askWith(world: World, assertion: string, changes: Changes = {}): Promise<Answer> {
  world.keepSecret(assertion)
  return ask(world, { client_assertion_type: assertionType, client_assertion: assertion, ...changes })
}

/** Asks for a client's own token. */
export function ask(world: World, fields: Changes, authorization?: string): Promise<Answer> {
  const ours = { grant_type: 'client_credentials', scope: world.rs1.scope }
  const headers = authorization === undefined ? {} : { authorization }
  return world.send('/token', { method: 'POST', headers, body: parameters(ours, fields) })
}
