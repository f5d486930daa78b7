import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { type CertificateSubject, hasSubject, isSubject, type SubjectKind } from '#core/clients/certificate-subject.ts'
import { anAuthority, type CertificateWish } from '#test/support/certificates.ts'

const authority = anAuthority()
afterAll(() => authority.remove())

const made = authority.issue({
  subject: '/DC=example/C=DE/O=Äpfel, Inc. \\+ Co "x"/OU=one+UID=7/CN= #photos\\\\ ',
  san: 'DNS:Photos.Example,DNS:*.wild.example,URI:https://photos.example/a?b=c,URI:urn:x:1,IP:2001:db8::1,IP:10.0.0.7,email:Ops@Example.com',
})
const certificate = new X509Certificate(made.pem.certificate)

function has(kind: SubjectKind, value: string, of = certificate): boolean {
  return hasSubject(of, { kind, value })
}

const subject = 'CN=\\ #photos\\\\\\ ,UID=7+OU=one,O=Äpfel\\, Inc. \\+ Co \\"x\\",C=DE,DC=example'

describe('a name of the subject, as RFC 4514 writes it', () => {
  test('is the one that openssl prints', () => {
    const printed = execFileSync('openssl', [
      'x509',
      '-in',
      made.certificate,
      '-noout',
      '-subject',
      '-nameopt',
      'RFC2253',
    ])
    const name = printed
      .toString()
      .replace(/^subject=\s*/, '')
      .replace(/\n$/, '')
    expect(has('subject_dn', name)).toBe(true)
  })

  test.each([
    ['as it is', subject],
    [
      'with other spellings of types',
      subject.replace('CN=', 'cn=').replace('C=DE', '2.5.4.6=DE').replace('DC=', 'dc='),
    ],
    ['with the parts of one relative name in another order', subject.replace('UID=7+OU=one', 'OU=one+UID=7')],
    ['with blanks between its parts', subject.replace(',C=DE,', ' , C = DE , ')],
    ['with bytes in hexadecimal', subject.replace('Ä', '\\C3\\84').replace('\\"x\\"', '\\22x\\22')],
    ['with a value as DER', subject.replace('C=DE', 'C=#13024445')],
  ])('%s', (_how, name) => {
    expect(has('subject_dn', name)).toBe(true)
  })

  test.each([
    [
      'in the order of the certificate',
      subject
        .split(/(?<!\\),/)
        .reverse()
        .join(','),
    ],
    ['with a part left out', subject.replace(',DC=example', '')],
    ['with a part more', `${subject},C=DE`],
    ['with a part twice', subject.replace('C=DE', 'C=DE,C=DE')],
    ['with another case', subject.replace('photos', 'Photos')],
    ['with another value', subject.replace('photos', 'photo')],
    ['with a value of another kind', subject.replace('C=DE', 'C=#0403444500')],
    ['with the relative name taken apart', subject.replace('UID=7+OU=one', 'UID=7,OU=one')],
    ['without what escapes the comma', subject.replace('\\,', ',')],
    ['as the last part alone', 'CN=\\ #photos\\\\\\ '],
    ['with a blank less', subject.replace('\\\\\\ ,', '\\\\,')],
  ])('is another one %s', (_how, name) => {
    expect(has('subject_dn', name)).toBe(false)
  })

  test.each([
    '',
    'photos',
    'CN=',
    'CN=a,',
    ',CN=a',
    'CN=a+',
    'XX=a',
    '/C=DE/CN=a',
    'CN="a"',
    'CN=a;O=b',
    'CN=a\\',
    'CN=a\\x',
    'CN=\\FF',
    'CN=#13',
    'CN=#zz',
    'CN=#1302444500',
    'CN=a\0',
    '2.5.=a',
    `CN=${'a'.repeat(1000)}`,
  ])('cannot be %j', (value) => {
    expect(isSubject({ kind: 'subject_dn', value })).toBe(false)
    expect(has('subject_dn', value)).toBe(false)
  })
})

describe('an alternative name', () => {
  test.each<[SubjectKind, string]>([
    ['san_dns', 'photos.example'],
    ['san_dns', 'PHOTOS.example'],
    ['san_uri', 'https://photos.example/a?b=c'],
    ['san_uri', 'urn:x:1'],
    ['san_ip', '10.0.0.7'],
    ['san_ip', '2001:db8::1'],
    ['san_ip', '2001:0DB8:0:0:0:0:0:1'],
    ['san_email', 'Ops@example.COM'],
  ])('%s %s is found', (kind, value) => {
    expect(has(kind, value)).toBe(true)
  })

  test.each<[SubjectKind, string]>([
    ['san_dns', 'a.wild.example'],
    ['san_dns', '*.wild.example'],
    ['san_dns', 'photos.example.'],
    ['san_dns', 'hotos.example'],
    ['san_dns', 'urn:x:1'],
    ['san_dns', '10.0.0.7'],
    ['san_uri', 'https://PHOTOS.example/a?b=c'],
    ['san_uri', 'https://photos.example/a'],
    ['san_uri', 'photos.example'],
    ['san_ip', '10.0.0.8'],
    ['san_ip', '::ffff:10.0.0.7'],
    ['san_ip', '10.0.0.07'],
    ['san_email', 'ops@example.com'],
    ['san_email', 'photos.example'],
    ['subject_dn', 'CN=photos.example'],
  ])('%s %s is not', (kind, value) => {
    expect(has(kind, value)).toBe(false)
  })

  test('is none where the certificate has none, and none of what it has stands for another kind', () => {
    const plain = new X509Certificate(authority.issue({ subject: '/CN=photos.example' }).pem.certificate)
    const kinds: readonly CertificateSubject[] = [
      { kind: 'san_dns', value: 'photos.example' },
      { kind: 'san_uri', value: 'urn:x:1' },
      { kind: 'san_ip', value: '10.0.0.7' },
      { kind: 'san_email', value: 'ops@example.com' },
    ]
    expect(kinds.map((each) => hasSubject(plain, each))).toEqual([false, false, false, false])
    expect(has('subject_dn', 'CN=photos.example', plain)).toBe(true)
  })
})

test.each<[string, CertificateWish]>([
  ['an empty subject', { subject: '/', san: 'DNS:photos.example' }],
  [
    'names of other kinds',
    { subject: '/CN=a', san: 'RID:1.2.3.4,otherName:1.2.3;UTF8:x,dirName:inner,DNS:photos.example' },
  ],
])('%s does no harm', (_what, wish) => {
  const odd = new X509Certificate(authority.issue(wish).pem.certificate)
  expect(has('san_dns', 'photos.example', odd)).toBe(true)
  expect(has('subject_dn', 'CN=photos.example', odd)).toBe(false)
})
