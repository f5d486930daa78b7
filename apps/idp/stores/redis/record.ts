import type { RecordType } from '../memory/table.ts'

/** The letter of a type, in the key and again in the record: part of the stored format. */
export const letterOf: { readonly [T in RecordType]: string } = {
  request: 'r',
  code: 'c',
  session: 's',
  family: 'f',
  token: 't',
  user: 'u',
  client: 'k',
  everything: 'e',
  attempt: 'a',
  replay: 'j',
}

/**
 * A record as text: the letter of its type, the letter of its state, the epoch under which it was written, a space, the
 * date (milliseconds since 1970) from which nobody can see it, a space, and the rest. Numbers that scripts write are to
 * base 16, because Lua can; the key's own expiry comes later than the date and decides nothing.
 */
export type StoredRecord = { readonly state: string; readonly ends: Date; readonly rest: string }

/** Takes the text of a record apart; the rest is still to be read by whoever knows the type. */
export function readRecord(text: string): StoredRecord {
  const date = text.indexOf(' ') + 1
  const rest = text.indexOf(' ', date) + 1
  return {
    state: text.charAt(1),
    ends: new Date(Number.parseInt(text.slice(date, rest - 1), 16)),
    rest: text.slice(rest),
  }
}

/** The first `count` fields of a rest, and what follows them unread. */
export function splitRest(rest: string, count: number): { readonly fields: readonly string[]; readonly body: string } {
  let from = 0
  const fields: string[] = []
  while (fields.length < count) {
    const space = rest.indexOf(' ', from)
    fields.push(rest.slice(from, space))
    from = space + 1
  }
  return { fields, body: rest.slice(from) }
}
