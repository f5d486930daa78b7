import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { type DerValue, derOid, derValues, readUtf8 } from './der.ts'
import { nameOfDer, nameOfText } from './distinguished-name.ts'

/** The names of a certificate that a client can be known by (RFC 8705 §2.1.2). */
export const subjectKinds = ['subject_dn', 'san_dns', 'san_uri', 'san_ip', 'san_email'] as const

export type SubjectKind = (typeof subjectKinds)[number]

/** The one name that has to be in a client's certificate. */
export type CertificateSubject = { readonly kind: SubjectKind; readonly value: string }

/** Whether the certificate has that name; its chain is not looked at. One that cannot be read has no name. */
export function hasSubject(certificate: X509Certificate, { kind, value }: CertificateSubject): boolean {
  const wanted = forms[kind](value)
  try {
    return wanted !== undefined && namesOf(certificate)[kind].includes(wanted)
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

/** Whether a text can be such a name at all. */
export function isSubject({ kind, value }: CertificateSubject): boolean {
  return value.length <= 1000 && forms[kind](value) !== undefined
}

/** One form for all ways to write a name, so that equal names are equal texts; undefined for what is no such name. */
const forms: { readonly [Kind in SubjectKind]: (text: string) => string | undefined } = {
  subject_dn: nameOfText,
  // No wildcard: a certificate for many hosts is a proof of none.
  san_dns: (text) => (/^(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/i.test(text) ? text.toLowerCase() : undefined),
  san_uri: (text) => (URL.canParse(text) && /^[\x21-\x7e]+$/.test(text) ? text : undefined),
  san_ip: formOfAddress,
  san_email: formOfEmail,
}

/** The binary value counts (RFC 8705 §2.1.2): an IPv6 address can be written in many ways. */
function formOfAddress(text: string): string | undefined {
  if (isIP(text) === 4) return text
  return isIP(text) === 6 && !text.includes('%') ? URL.parse(`http://[${text}]`)?.hostname : undefined
}

/** The part before the @ is the mailbox's own and is compared as it stands; the host is not (RFC 5280 §7.5). */
function formOfEmail(text: string): string | undefined {
  const [, mailbox, host] = /^([\x21-\x3f\x41-\x7e]+)@([a-z0-9.-]+)$/i.exec(text) ?? []
  return mailbox === undefined || host === undefined ? undefined : `${mailbox}@${host.toLowerCase()}`
}

type Names = { readonly [Kind in SubjectKind]: readonly (string | undefined)[] }

const tags = { email: 0x81, dns: 0x82, uri: 0x86, ip: 0x87 }
const subjectAltName = '2.5.29.17'

/** The names of a certificate in those forms, read from its bytes: no way to print them is without ambiguity. */
function namesOf({ raw }: X509Certificate): Names {
  const [whole] = derValues(raw)
  const [toBeSigned] = derValues(whole?.content ?? raw)
  const fields = derValues(toBeSigned?.content ?? raw)
  // RFC 5280 §4.1: serial number, algorithm, issuer, validity, subject; before them a version where it is not the first.
  const subject = fields[fields[0]?.tag === 0xa0 ? 5 : 4]
  const alternatives = alternativeNames(fields)
  const ofTag = (tag: number) => alternatives.filter((each) => each.tag === tag).map(({ content }) => content)
  return {
    subject_dn: subject && subject.content.length > 0 ? [nameOfDer(subject.content)] : [],
    san_dns: ofTag(tags.dns).map((name) => forms.san_dns(name.toString('latin1'))),
    san_uri: ofTag(tags.uri).map((name) => forms.san_uri(name.toString('latin1'))),
    san_ip: ofTag(tags.ip).map(addressOf),
    san_email: ofTag(tags.email).map((name) => forms.san_email(readUtf8(name) ?? '')),
  }
}

function alternativeNames(fields: readonly DerValue[]): readonly DerValue[] {
  const list = fields.find(({ tag }) => tag === 0xa3)
  const [extensions] = derValues(list?.content ?? Buffer.alloc(0))
  for (const extension of derValues(extensions?.content ?? Buffer.alloc(0))) {
    const parts = derValues(extension.content)
    const value = parts.at(-1)
    if (!parts[0] || !value || derOid(parts[0]) !== subjectAltName) continue
    return derValues(value.content).flatMap(({ content }) => derValues(content))
  }
  return []
}

function addressOf(bytes: Buffer): string | undefined {
  if (bytes.length === 4) return bytes.join('.')
  return bytes.length === 16 ? formOfAddress(bytes.toString('hex').replace(/(.{4})(?!$)/g, '$1:')) : undefined
}
