/** Algorithms that a content encryption key is wrapped with (RFC 7518 §4.1): to a public key, and no other way. */
export const encryptionAlgs: readonly string[] = [
  'RSA-OAEP-256',
  'RSA-OAEP',
  'ECDH-ES',
  'ECDH-ES+A128KW',
  'ECDH-ES+A256KW',
]

/** Content encryptions (RFC 7518 §5.1); the first is what OpenID Connect Registration §2 takes where none is named. */
export const encryptionEncs: readonly string[] = ['A128CBC-HS256', 'A256CBC-HS512', 'A128GCM', 'A256GCM']
