/** Algorithms that a client's own key may sign with (RFC 7518 §3.1, RFC 8037, RFC 9864). */
const clientSigningAlgs: readonly string[] = ['RS256', 'PS256', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

/** Algorithms of `client_secret_jwt`: MACs, for which the secret itself has to be known. */
export const macAlgs: readonly string[] = ['HS256']

/** Every algorithm that an assertion may be signed with, for the metadata. */
export const assertionAlgs: readonly string[] = [...clientSigningAlgs, ...macAlgs]

/** The algorithms that assertions of a method may be signed with; none for methods without assertions. */
export function algsOfMethod(method: string): readonly string[] {
  if (method === 'private_key_jwt') return clientSigningAlgs
  return method === 'client_secret_jwt' ? macAlgs : []
}

/** The algorithms that request objects of a client may be signed with: its own keys', and MACs where its secret is known. */
export function algsOfRequestObjects(method: string): readonly string[] {
  return method === 'client_secret_jwt' ? assertionAlgs : clientSigningAlgs
}
