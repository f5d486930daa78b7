import type { Fault } from '../oauth/rejection.ts'
import { algsOfMethod } from './assertion-algs.ts'
import type { Client } from './client.ts'
import { type ClientJwk, readClientJwks } from './client-jwks.ts'
import type { ClientWishes } from './client-wishes.ts'

/**
 * The part of {@link readWishes} about a client's keys and assertions. Whether `jwks_uri` may be asked at all depends on
 * the operator's allow-list, and is the registry's to see.
 */
export function readKeyWishes(
  faults: Fault[],
  { jwks, jwksUri, tokenEndpointAuthSigningAlg: alg }: ClientWishes,
  method: Client['authentication']['method'],
): Pick<Client, 'jwks' | 'jwksUri' | 'tokenEndpointAuthSigningAlg'> {
  if (jwks !== undefined && jwksUri !== undefined) {
    faults.push({ field: 'jwksUri', what: 'Keys are given by jwks or by jwks_uri, not by both (RFC 7591 §2).' })
  }
  const needsKeys = method === 'private_key_jwt' || method === 'self_signed_tls_client_auth'
  if (needsKeys && jwks === undefined && jwksUri === undefined) {
    faults.push({ field: 'jwks', what: `${method} needs the keys of the client: jwks or jwks_uri.` })
  }
  const algs = algsOfMethod(method)
  if (alg !== undefined && algs.length > 0 && !algs.includes(alg)) {
    const what = `${alg} is not an algorithm of ${method}; use one of: ${algs.join(', ')}.`
    faults.push({ field: 'tokenEndpointAuthSigningAlg', what })
  }
  return { jwks: readJwks(faults, jwks), jwksUri, tokenEndpointAuthSigningAlg: algs.length > 0 ? alg : undefined }
}

function readJwks(faults: Fault[], jwks: unknown): readonly ClientJwk[] | undefined {
  const read = jwks === undefined ? undefined : readClientJwks(jwks)
  if (typeof read !== 'string') return read
  faults.push({ field: 'jwks', what: `The JWKS cannot be registered: ${read}.`, policy: true })
  return undefined
}
