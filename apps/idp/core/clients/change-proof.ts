import { reject } from '../oauth/rejection.ts'
import type { CertificateSubject } from './certificate-subject.ts'
import type { Client, ClientAuthentication } from './client.ts'
import { type NewSecret, rotated } from './client-secret.ts'
import type { SecretSeal } from './sealed-secret.ts'

type Method = ClientAuthentication['method']
type SecretMethod = Extract<ClientAuthentication, { readonly secrets: unknown }>['method']

/** Whether a client of this method has a secret. */
export function hasSecret(method: Method): method is SecretMethod {
  return method === 'client_secret_basic' || method === 'client_secret_post' || method === 'client_secret_jwt'
}

/** What a client without a secret proves itself with: nothing, its keys, or a certificate with that name. */
export function proofWithoutSecret(
  method: Exclude<Method, SecretMethod>,
  subject: CertificateSubject | undefined,
): ClientAuthentication {
  if (method !== 'tls_client_auth') return { method }
  return {
    method,
    subject: subject ?? reject('policy', 'tlsClientAuthSubjectDn', 'There is no name of a certificate.'),
  }
}

/** What a new client proves itself with; `secret` makes one where the method wants it. */
export function firstProof(
  id: string,
  method: SecretMethod,
  { secret, kept }: NewSecret,
  seal: Pick<SecretSeal, 'seal'> | undefined,
): ClientAuthentication {
  if (method !== 'client_secret_jwt') return { method, secrets: [kept] }
  return { method, secrets: [{ ...kept, sealed: sealing(seal).seal(id, secret) }] }
}

/**
 * The same client's proof by another method, with what it has: another place for the same secret, or keys or a
 * certificate instead of it. Whatever would need a secret that nobody knows, or make a client public, is refused: make
 * another client.
 */
export function otherProof(
  authentication: ClientAuthentication,
  method: Method,
  subject: CertificateSubject | undefined,
): ClientAuthentication {
  if (authentication.method === method && method !== 'tls_client_auth') return authentication
  const field = 'authenticationMethod'
  if (method === 'none' || authentication.method === 'none') {
    return reject('policy', field, 'A client cannot become public or stop being so; create another one.')
  }
  if (!hasSecret(method)) return proofWithoutSecret(method, subject)
  if (!('secrets' in authentication) || method === 'client_secret_jwt') {
    return reject('policy', field, `There is no secret that ${method} could be used with; create another one.`)
  }
  const secrets = authentication.secrets.map(({ hash, createdAt, expiresAt }) => ({ hash, createdAt, expiresAt }))
  return { method, secrets }
}

/** The client with another secret; the ones before it work for `overlap` more seconds. */
export function withSecret(
  client: Client,
  { secret, kept }: NewSecret,
  overlap: number,
  seal: Pick<SecretSeal, 'seal'> | undefined,
): Client {
  const { authentication, id } = client
  if (authentication.method === 'none') return reject('policy', 'id', 'A public client has no secret.')
  if (!('secrets' in authentication)) {
    return reject('policy', 'id', 'A client that proves itself with keys of its own has no secret.')
  }
  if (authentication.method !== 'client_secret_jwt') {
    return { ...client, authentication: { ...authentication, secrets: rotated(authentication.secrets, kept, overlap) } }
  }
  const sealed = { ...kept, sealed: sealing(seal).seal(id, secret) }
  return { ...client, authentication: { ...authentication, secrets: rotated(authentication.secrets, sealed, overlap) } }
}

function sealing(seal: Pick<SecretSeal, 'seal'> | undefined): Pick<SecretSeal, 'seal'> {
  const what = 'client_secret_jwt keeps its secret sealed under keys.secret, and that is not set here.'
  return seal ?? reject('policy', 'authenticationMethod', what)
}
