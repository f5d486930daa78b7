import { CompactEncrypt, type CompactJWEHeaderParameters, importJWK, type JWK } from 'jose'
import type { World } from './world.ts'

/** The key of a kind that the provider publishes to be encrypted to. */
export async function keyToUs(world: World, kty: 'RSA' | 'EC'): Promise<JWK & { readonly kid: string }> {
  const { json } = await world.send('/.well-known/jwks.json')
  const key = (json.keys as readonly JWK[]).find((one) => one.use === 'enc' && one.kty === kty)
  if (key?.kid === undefined) throw new Error(`no key to encrypt to of the kind ${kty}`)
  return { ...key, kid: key.kid }
}

/** A text encrypted to a key, as any library does it. */
export async function encrypted(text: string, jwk: JWK, header: CompactJWEHeaderParameters): Promise<string> {
  const key = await importJWK(jwk, header.alg)
  const named = jwk.kid === undefined ? header : { kid: jwk.kid, ...header }
  return new CompactEncrypt(Buffer.from(text)).setProtectedHeader(named).encrypt(key)
}
