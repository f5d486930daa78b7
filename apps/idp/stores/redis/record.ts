import type { Json } from '#core/users/user.ts'
import type { RecordType } from '../memory/table.ts'

/** What every record says of itself: scripts decide by the head alone and pass the body on unread. */
export type NewHead = {
  /** The type again, beside the key's: a record is never taken for another one. */
  readonly type: RecordType
  /** Milliseconds since 1970 from which nobody can see it. The key's own expiry comes later and decides nothing. */
  readonly ends: number
  readonly [field: string]: string | number
}

/** `epoch` says under which memory of Redis a record was written; 0 as long as there is only one. */
export type Head = NewHead & { readonly epoch: number }

export type StoredRecord = { readonly head: Head; readonly body: Json }

/** A record as text: the head as a JSON object, a newline, the body as JSON. */
export function writeRecord(head: NewHead, body: Json): string {
  return `${JSON.stringify({ ...head, epoch: 0 })}\n${JSON.stringify(body)}`
}

/** The opposite of {@link writeRecord}; the body is still to be read by its layout. */
export function readRecord(text: string): StoredRecord {
  const at = text.indexOf('\n')
  return { head: JSON.parse(text.slice(0, at)), body: JSON.parse(text.slice(at + 1)) }
}
