import type { Fault } from '../oauth/rejection.ts'
import { type CertificateSubject, isSubject, type SubjectKind } from './certificate-subject.ts'
import type { Client } from './client.ts'
import type { ClientWishes } from './client-wishes.ts'

/** The wish for a name of each kind. */
const wishNames = {
  subject_dn: 'tlsClientAuthSubjectDn',
  san_dns: 'tlsClientAuthSanDns',
  san_uri: 'tlsClientAuthSanUri',
  san_ip: 'tlsClientAuthSanIp',
  san_email: 'tlsClientAuthSanEmail',
} as const satisfies { readonly [Kind in SubjectKind]: keyof ClientWishes }

const kinds = Object.entries(wishNames) as readonly (readonly [SubjectKind, (typeof wishNames)[SubjectKind]])[]

type SubjectWishes = Pick<ClientWishes, (typeof wishNames)[SubjectKind]>

/** The part of `readWishes` about the name of a certificate: exactly one for `tls_client_auth` (RFC 8705 §2.1.2). */
export function readCertificateWishes(
  faults: Fault[],
  wishes: SubjectWishes,
  method: Client['authentication']['method'],
): CertificateSubject | undefined {
  const [subject, ...others] = kinds.flatMap(([kind, name]) => {
    const value = wishes[name]
    return value === undefined ? [] : [{ kind, value, field: name }]
  })
  const tell = (field: string, what: string) => void faults.push({ field, what })
  if (method !== 'tls_client_auth') {
    if (subject) tell(subject.field, 'The name of a certificate is for clients with tls_client_auth.')
    return undefined
  }
  if (!subject) {
    tell('tlsClientAuthSubjectDn', 'tls_client_auth needs a name of the certificate: its subject, or one SAN.')
    return undefined
  }
  for (const { field } of others) tell(field, 'A client is known by one name of its certificate, not by several.')
  const { kind, value, field } = subject
  if (!isSubject(subject)) tell(field, `${JSON.stringify(value)} is not ${whatIsAsked[kind]}.`)
  return { kind, value }
}

const whatIsAsked: { readonly [Kind in SubjectKind]: string } = {
  subject_dn: 'a name as RFC 4514 writes it, like CN=photos,O=Example,C=DE; types that are not known as numbers',
  san_dns: 'a host name; wildcards are none',
  san_uri: 'a URI',
  san_ip: 'an IP address',
  san_email: 'an e-mail address',
}

/** The wish that would give this client its name again. */
export function wishesOfCertificate({ authentication }: Pick<Client, 'authentication'>): SubjectWishes {
  if (authentication.method !== 'tls_client_auth') return {}
  const { kind, value } = authentication.subject
  return { [wishNames[kind]]: value }
}

/** What is left of a client's own name beside other wishes: another name takes its place, another method its use. */
export function withoutOldCertificate(own: ClientWishes, wishes: ClientWishes): ClientWishes {
  const method = wishes.authenticationMethod ?? own.authenticationMethod
  const names = kinds.map(([, name]) => name)
  if (method === 'tls_client_auth' && names.every((name) => wishes[name] === undefined)) return own
  const none = Object.fromEntries(names.map((name) => [name, undefined]))
  return { ...own, ...none }
}
