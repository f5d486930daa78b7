/**
 * Fields of a record on one line, for where every byte counts: separated by spaces, in an order that is part of the
 * stored format. What would end a field is escaped; nothing at all is an empty field, an empty text a lone `%`.
 */
export function writeText(value: string | undefined): string {
  if (value === undefined) return ''
  if (value === '') return '%'
  return unsafe.test(value) ? value.replaceAll(eachUnsafe, escapeOne) : value
}

/** The opposite of {@link writeText}. */
export function readText(field: string | undefined): string | undefined {
  if (field === undefined || field === '') return undefined
  return readWord(field)
}

/** A text that is always there. */
export function readWord(field: string | undefined): string {
  if (field === undefined || field === '%') return ''
  return field.includes('%') ? field.replaceAll(/%([0-9A-F]{2})/g, unescapeOne) : field
}

/** Texts in one field. */
export function writeWords(values: Iterable<string>): string {
  return [...values].map(writeText).join(',')
}

/** The opposite of {@link writeWords}. */
export function readWords(field: string | undefined): readonly string[] {
  return field === undefined || field === '' ? [] : field.split(',').map(readWord)
}

/** A whole number, to base 36. */
export function writeNumber(value: number): string {
  return value.toString(36)
}

/** The opposite of {@link writeNumber}. */
export function readNumber(field: string | undefined): number {
  return Number.parseInt(field ?? '', 36)
}

/** A date, to the millisecond. */
export function writeDate(date: Date): string {
  return writeNumber(date.getTime())
}

/** The opposite of {@link writeDate}. */
export function readDate(field: string | undefined): Date {
  return new Date(readNumber(field))
}

const unsafe = /[% ,\n]/
const eachUnsafe = /[% ,\n]/g

function escapeOne(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}

function unescapeOne(_: string, code: string): string {
  return String.fromCharCode(Number.parseInt(code, 16))
}
