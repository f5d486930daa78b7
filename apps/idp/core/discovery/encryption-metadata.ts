import { assertionAlgs } from '../clients/assertion-algs.ts'
import { encryptionAlgs, encryptionEncs } from '../clients/encryption-algs.ts'
import type { DecryptionAlg } from '../keys/stored-ring.ts'
import { algsToUs } from '../tokens/open-jwe.ts'
import type { Json } from '../users/user.ts'

/** What can be encrypted to the keys of clients: ID tokens and UserInfo (OpenID Connect Discovery 1.0 §3). */
export const encryptionToClients: { readonly [name: string]: Json } = Object.fromEntries(
  ['id_token', 'userinfo'].flatMap((what) => [
    [`${what}_encryption_alg_values_supported`, encryptionAlgs],
    [`${what}_encryption_enc_values_supported`, encryptionEncs],
  ]),
)

/** What is said about request objects (RFC 9101 §10.5); of encryption only where there are keys to encrypt to. */
export function requestObjects(kinds: readonly DecryptionAlg[]): { readonly [name: string]: Json } {
  return {
    request_parameter_supported: true,
    request_uri_parameter_supported: true,
    require_request_uri_registration: true,
    request_object_signing_alg_values_supported: assertionAlgs,
    ...(kinds.length > 0 && {
      request_object_encryption_alg_values_supported: algsToUs(kinds),
      request_object_encryption_enc_values_supported: encryptionEncs,
    }),
  }
}
