import { type DerValue, derOid, derText, derValues, readUtf8 } from './der.ts'

/** Attribute types by the names that RFC 4514 §3 gives them, and those that certificates of clients have besides. */
const types: { readonly [name: string]: string } = {
  cn: '2.5.4.3',
  sn: '2.5.4.4',
  serialnumber: '2.5.4.5',
  c: '2.5.4.6',
  l: '2.5.4.7',
  st: '2.5.4.8',
  street: '2.5.4.9',
  o: '2.5.4.10',
  ou: '2.5.4.11',
  title: '2.5.4.12',
  businesscategory: '2.5.4.15',
  postalcode: '2.5.4.17',
  givenname: '2.5.4.42',
  gn: '2.5.4.42',
  initials: '2.5.4.43',
  dnqualifier: '2.5.4.46',
  organizationidentifier: '2.5.4.97',
  dc: '0.9.2342.19200300.100.1.25',
  uid: '0.9.2342.19200300.100.1.1',
  emailaddress: '1.2.840.113549.1.9.1',
  jurisdictionc: '1.3.6.1.4.1.311.60.2.1.3',
  jurisdictioncountryname: '1.3.6.1.4.1.311.60.2.1.3',
}

/**
 * A name in one form for all ways to write it, to be compared as a text. Types are numbers, the relative names stand in
 * the order of the certificate, the parts of one of them in any order that is always the same. Values are compared letter
 * by letter, case and blanks included: X.500 would take more for equal, and this never does.
 */
function canonical(relativeNames: readonly (readonly string[])[]): string {
  return JSON.stringify(relativeNames.map((parts) => [...parts].sort()))
}

/** The canonical form of a name in a certificate (X.501): the content of its SEQUENCE. */
export function nameOfDer(content: Buffer): string {
  return canonical(derValues(content).map((relative) => derValues(relative.content).map(partOfDer)))
}

function partOfDer({ content }: DerValue): string {
  const [type, value] = derValues(content)
  if (!type || !value) throw new RangeError('a part of a name has no value')
  return part(derOid(type), value)
}

/** What is no text is compared by its bytes; no text begins with the mark that they have. */
function part(oid: string, value: DerValue): string {
  const text = derText(value)
  return text === undefined ? `${oid}#${value.bytes.toString('hex')}` : `${oid}=${text}`
}

/** The canonical form of a name as RFC 4514 writes it, the last part of the certificate first; undefined where it is none. */
export function nameOfText(text: string): string | undefined {
  if (text.length > 1000) return undefined
  const names = split(text, ',').map((relative) => split(relative, '+').map(partOfText))
  const read = names.map((parts) => parts.filter((each) => each !== undefined))
  return read.some((parts, at) => parts.length !== names[at]?.length) ? undefined : canonical(read.reverse())
}

/** Divides at a sign that is not escaped. */
function split(text: string, separator: string): readonly string[] {
  const pieces = ['']
  for (const sign of text.match(/\\[\s\S]?|[^\\]/g) ?? []) {
    if (sign === separator) pieces.push('')
    else pieces.push((pieces.pop() ?? '') + sign)
  }
  return pieces
}

function partOfText(text: string): string | undefined {
  const [, name = '', written = ''] = /^ *([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)+) *= *([\s\S]*)$/.exec(text) ?? []
  const oid = /^\d/.test(name) ? name : types[name.toLowerCase()]
  if (oid === undefined || name === '') return undefined
  if (written.startsWith('#')) return partOfHex(oid, written.slice(1).trimEnd())
  const value = unescaped(written.replace(/(?<!\\) +$/, ''))
  return value === undefined || value === '' ? undefined : `${oid}=${value}`
}

/** `#` and the DER of the value (RFC 4514 §2.4). */
function partOfHex(oid: string, hex: string): string | undefined {
  if (!/^(?:[0-9a-f]{2})+$/i.test(hex)) return undefined
  try {
    const [value, ...others] = derValues(Buffer.from(hex, 'hex'))
    return value && others.length === 0 ? part(oid, value) : undefined
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

const sign = /\\([0-9a-fA-F]{2})|\\([ "#+,;<=>\\])|([^\\"+,;<>\0])/uy

/** RFC 4514 §3: bytes of UTF-8 in hexadecimal, and signs that mean something. What should be escaped and is not is refused. */
function unescaped(text: string): string | undefined {
  const bytes: Buffer[] = []
  sign.lastIndex = 0
  while (sign.lastIndex < text.length) {
    const [, hex, special, plain] = sign.exec(text) ?? []
    if (hex !== undefined) bytes.push(Buffer.from(hex, 'hex'))
    else if (special !== undefined || plain !== undefined) bytes.push(Buffer.from(special ?? plain ?? ''))
    else return undefined
  }
  return readUtf8(Buffer.concat(bytes))
}
