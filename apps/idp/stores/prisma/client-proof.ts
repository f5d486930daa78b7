import { type CertificateSubject, subjectKinds } from '#core/clients/certificate-subject.ts'
import type { ClientAuthentication, ClientSecret } from '#core/clients/client.ts'
import type { Prisma } from '#prisma/generated/sqlite/client/client.ts'
import { readDate, readObject, readText, readWord, UnreadableRow } from './read-value.ts'

/** What a client proves itself with, as it is kept: its secrets, or the name in its certificate; none for other ways. */
export function writeProof(authentication: ClientAuthentication): Prisma.InputJsonArray {
  if ('subject' in authentication) return [{ ...authentication.subject }]
  if (!('secrets' in authentication)) return []
  return authentication.secrets.map((secret) => ({
    hash: secret.hash,
    createdAt: secret.createdAt.toISOString(),
    expiresAt: secret.expiresAt?.toISOString() ?? null,
    ...('sealed' in secret ? { sealed: secret.sealed } : {}),
  }))
}

/** How a client proves itself. A method that this program does not know must not become one that it does. */
export function readAuthentication(method: string, secrets: unknown, what: string): ClientAuthentication {
  switch (method) {
    case 'none':
    case 'private_key_jwt':
    case 'self_signed_tls_client_auth':
      return { method }
    case 'tls_client_auth':
      return { method, subject: readSubject(secrets, what) }
    case 'client_secret_basic':
    case 'client_secret_post':
      return { method, secrets: readSecrets(secrets, what).map(({ secret }) => secret) }
    case 'client_secret_jwt':
      return {
        method,
        secrets: readSecrets(secrets, what).map(({ secret, sealed }) => ({
          ...secret,
          sealed: readText(sealed, what),
        })),
      }
    default:
      throw new UnreadableRow(`${what} proves itself in a way that this version does not know`)
  }
}

function readSubject(value: unknown, what: string): CertificateSubject {
  if (!Array.isArray(value)) throw new UnreadableRow(`the name in the certificate of ${what}`)
  const subject = readObject(value[0], what)
  return { kind: readWord(subject.kind, subjectKinds, what), value: readText(subject.value, what) }
}

type StoredSecret = { readonly secret: ClientSecret; readonly sealed: unknown }

function readSecrets(value: unknown, what: string): readonly StoredSecret[] {
  if (!Array.isArray(value)) throw new UnreadableRow(`the secrets of ${what}`)
  return value.map((one: unknown) => {
    const { hash, createdAt, expiresAt, sealed } = readObject(one, what)
    const secret = {
      hash: readText(hash, what),
      createdAt: readDate(createdAt, what),
      expiresAt: expiresAt === null ? undefined : readDate(expiresAt, what),
    }
    return { secret, sealed }
  })
}
