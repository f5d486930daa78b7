/** One value of DER (X.690 §8.1): its tag, what it holds, and all of its bytes. */
export type DerValue = { readonly tag: number; readonly content: Buffer; readonly bytes: Buffer }

/** The values that follow each other in DER. Throws a RangeError where a value does not end where it says. */
export function derValues(bytes: Buffer): readonly DerValue[] {
  const values: DerValue[] = []
  for (let at = 0; at < bytes.length; ) {
    const { begins, ends } = contentAt(bytes, at)
    values.push({ tag: bytes[at] ?? 0, content: bytes.subarray(begins, ends), bytes: bytes.subarray(at, ends) })
    at = ends
  }
  return values
}

/** Where the content of the value at this place begins and ends. Tags of several bytes are in no certificate. */
function contentAt(bytes: Buffer, at: number): { readonly begins: number; readonly ends: number } {
  const first = bytes.readUInt8(at + 1)
  const more = first < 0x80 ? 0 : first & 0x7f
  if (first === 0x80) throw new RangeError('a value does not say where it ends')
  const begins = at + 2 + more
  const ends = begins + (more === 0 ? first : bytes.readUIntBE(at + 2, more))
  if (ends > bytes.length) throw new RangeError('a value ends beyond its bytes')
  return { begins, ends }
}

/** An object identifier with dots (X.690 §8.19). */
export function derOid({ content }: DerValue): string {
  const numbers: number[] = []
  let number = 0
  for (const byte of content) {
    number = number * 128 + (byte & 0x7f)
    if (byte >= 0x80) continue
    if (numbers.length > 0) numbers.push(number)
    else {
      const first = Math.min(Math.floor(number / 40), 2)
      numbers.push(first, number - first * 40)
    }
    number = 0
  }
  return numbers.join('.')
}

/** The text of a string, whichever of the kinds that names of certificates are in; undefined for anything else. */
export function derText({ tag, content }: DerValue): string | undefined {
  return readers[tag]?.(content)
}

const latin = (content: Buffer): string => content.toString('latin1')

const readers: { readonly [tag: number]: (content: Buffer) => string | undefined } = {
  12: readUtf8,
  18: latin,
  19: latin,
  20: latin,
  22: latin,
  26: latin,
  28: (content) => (content.length % 4 === 0 ? utf32(content) : undefined),
  30: (content) => (content.length % 2 === 0 ? Buffer.from(content).swap16().toString('utf16le') : undefined),
}

/** UTF-8, or undefined where the bytes are none: another text must never stand in for them. */
export function readUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function utf32(content: Buffer): string | undefined {
  const points = Array.from({ length: content.length / 4 }, (_, at) => content.readUInt32BE(at * 4))
  return points.every((point) => point <= 0x10ffff) ? String.fromCodePoint(...points) : undefined
}
