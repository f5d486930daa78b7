import { Unavailable } from '#core/oauth/error.ts'

/**
 * A row that this program cannot read as what it should be: written by a newer program, or damaged. It is never taken
 * for something else: the request fails, and a newer machine may answer it.
 */
export class UnreadableRow extends Unavailable {
  constructor(what: string) {
    super(`unreadable in the database: ${what}`)
    this.name = 'UnreadableRow'
  }
}

/** Fails unless the condition holds. */
export function ensure(condition: boolean, what: string): asserts condition {
  if (!condition) throw new UnreadableRow(what)
}

/** A JSON array of texts. */
export function readTexts(value: unknown, what: string): readonly string[] {
  ensure(Array.isArray(value), what)
  return value.map((one: unknown) => readText(one, what))
}

/** A text. */
export function readText(value: unknown, what: string): string {
  ensure(typeof value === 'string', what)
  return value
}

/** A number. */
export function readNumber(value: unknown, what: string): number {
  ensure(typeof value === 'number', what)
  return value
}

/** A date, as JSON holds it. */
export function readDate(value: unknown, what: string): Date {
  const date = new Date(readText(value, what))
  ensure(!Number.isNaN(date.getTime()), what)
  return date
}

/** A JSON object. */
export function readObject(value: unknown, what: string): { readonly [name: string]: unknown } {
  ensure(typeof value === 'object' && value !== null && !Array.isArray(value), what)
  return { ...value }
}

/** One of a closed list of words. */
export function readWord<Word extends string>(value: unknown, words: readonly Word[], what: string): Word {
  const word = words.find((one) => one === value)
  ensure(word !== undefined, what)
  return word
}
