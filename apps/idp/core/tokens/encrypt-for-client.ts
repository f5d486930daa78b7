import { CompactEncrypt } from 'jose'
import type { Client } from '../clients/client.ts'
import type { Encryption } from '../clients/client-details.ts'
import { type ClientJwk, keyObjectOf, mayEncrypt } from '../clients/client-jwks.ts'
import type { FindClientKey } from '../clients/client-keys.ts'
import { refuse } from '../oauth/error.ts'

/** Encrypts to a client's own key; each way of it refuses `invalid_request` where the client has no key that fits. */
export interface ClientEncryption {
  /** Asked before anything is used up, so that a key that is missing costs nothing. */
  requireKey(client: Client, encryption: Encryption | undefined): Promise<void>
  /** A compact JWE (RFC 7516); of what is a JWT already, with `cty` (RFC 7519 §5.2). The text as it is for undefined. */
  encrypt(text: string, client: Client, how: { encryption: Encryption | undefined; cty?: 'JWT' }): Promise<string>
}

/** Wires the encryption to the keys that clients registered, or publish at their `jwks_uri` (OpenID Connect Core §10.2). */
export function clientEncryption(findKey: FindClientKey): ClientEncryption {
  return {
    async requireKey(client, encryption) {
      if (encryption) await keyOf(findKey, client, encryption)
    },
    async encrypt(text, client, { encryption, cty }) {
      if (!encryption) return text
      const { alg, enc } = encryption
      const key = await keyOf(findKey, client, encryption)
      const header = { alg, enc, ...(key.kid === undefined ? {} : { kid: key.kid }), ...(cty ? { cty } : {}) }
      return new CompactEncrypt(Buffer.from(text)).setProtectedHeader(header).encrypt(keyObjectOf(key))
    },
  }
}

async function keyOf(findKey: FindClientKey, client: Client, { alg }: Encryption): Promise<ClientJwk> {
  const found = await findKey(client, { kid: undefined, fits: (key) => mayEncrypt(key, alg), anyWillDo: true })
  if (found.outcome === 'found') return found.key
  return found.outcome === 'unreadable'
    ? refuse('invalid_request', 'the keys of this client could not be read from its jwks_uri')
    : refuse('invalid_request', `this client has no key that can be encrypted to with ${alg}`)
}
