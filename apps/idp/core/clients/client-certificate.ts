import type { X509Certificate } from 'node:crypto'
import { type CertificateSubject, hasSubject } from './certificate-subject.ts'
import type { Client } from './client.ts'
import { keyObjectOf } from './client-jwks.ts'
import type { FindClientKey } from './client-keys.ts'

/** A certificate that a client showed, and whose key it proved to have, in TLS. */
export type ClientCertificate = {
  readonly certificate: X509Certificate
  /** Its chain led to an authority that is trusted for clients: says whoever took the connection. */
  readonly isTrusted: boolean
}

/** How a client proves itself with a certificate (RFC 8705 §2). */
export type CertificateAuthentication =
  /** One that a trusted authority gave it, by a name in it. */
  | { readonly method: 'tls_client_auth'; readonly subject: CertificateSubject }
  /** Any, by its key, which is one of the client's `jwks`. */
  | { readonly method: 'self_signed_tls_client_auth' }

/** Whether a client proves itself with a certificate. */
export function provesByCertificate(
  authentication: Client['authentication'],
): authentication is CertificateAuthentication {
  return authentication.method === 'tls_client_auth' || authentication.method === 'self_signed_tls_client_auth'
}

export type CertificateQuestion = {
  readonly client: Client
  readonly authentication: CertificateAuthentication
  readonly shown: ClientCertificate | undefined
  readonly now: Date
}

/** Why a certificate does not prove the client, in words that may be told; undefined where it does. */
export async function faultOfCertificate(
  { client, authentication, shown, now }: CertificateQuestion,
  findKey: FindClientKey,
): Promise<string | undefined> {
  if (!shown) return `this client authenticates with ${authentication.method}, and no certificate came with the request`
  const { certificate, isTrusted } = shown
  if (certificate.validFromDate > now || certificate.validToDate <= now) return 'the certificate is not valid now'
  if (authentication.method === 'self_signed_tls_client_auth') return faultOfKey(client, certificate, findKey)
  if (!isTrusted) return 'the certificate is of no authority that is trusted for clients here'
  return hasSubject(certificate, authentication.subject) ? undefined : notItsOwn
}

const notItsOwn = 'the certificate is not one of this client'

/** The key counts: a certificate in a JWK (`x5c`) is of the same key (RFC 7517 §4.7). */
async function faultOfKey(
  client: Client,
  { publicKey }: X509Certificate,
  findKey: FindClientKey,
): Promise<string | undefined> {
  const found = await findKey(client, {
    kid: undefined,
    fits: (key) => key.use !== 'enc' && keyObjectOf(key).equals(publicKey),
  })
  if (found.outcome === 'unreadable') return 'the keys of this client could not be read from its jwks_uri'
  // The same key under two names is the same key.
  return found.outcome === 'unknown' ? notItsOwn : undefined
}
