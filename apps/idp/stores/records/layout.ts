import type { Json } from '#core/users/user.ts'

/** How a value is written as JSON and read back, losing nothing. */
export type Codec<V> = { write(value: V): Json; read(stored: Json): V }

/** A field as JSON has it, and what it means where a record is older than the field. */
type Later<V> = { readonly before: V }

/** How one field is written: dates as milliseconds, sets as arrays, others as JSON has them or by a codec of their own. */
type Field<V> = [V] extends [Date | undefined]
  ? 'date'
  : [V] extends [ReadonlySet<string>]
    ? 'set'
    : 'plain' | Later<V> | Codec<V>

type AnyField = 'date' | 'set' | 'plain' | Later<unknown> | Codec<unknown>

/**
 * A record as a JSON array: the names stand here once, not in every record. The type checker insists on every field.
 * Fields are in the order of `fields`; a new one goes to the end, where older records answer undefined, or what it says itself.
 */
export function layout<R extends object>(fields: { readonly [F in keyof R]-?: Field<R[F]> }): Codec<R> {
  const entries: [string, AnyField][] = Object.entries(fields)
  return {
    write: (record) => entries.map(([name, field]) => writeField(field, Reflect.get(record, name))),
    read(stored) {
      const values: readonly Json[] = Array.isArray(stored) ? stored : []
      return Object.fromEntries(entries.map(([name, field], at) => [name, readField(field, values[at])])) as R
    },
  }
}

function writeField(field: AnyField, value: unknown): Json {
  if (value === undefined) return null
  if (field === 'plain' || isLater(field)) return value as Json
  if (field === 'date') return (value as Date).getTime()
  if (field === 'set') return [...(value as ReadonlySet<string>)]
  return field.write(value)
}

/** JSON has no undefined; no field of ours means null. */
function readField(field: AnyField, stored: Json | undefined): unknown {
  if (stored === null || stored === undefined) return isLater(field) ? field.before : undefined
  if (field === 'plain' || isLater(field)) return stored
  if (field === 'date') return new Date(stored as number)
  if (field === 'set') return new Set(stored as readonly string[])
  return field.read(stored)
}

function isLater(field: AnyField): field is Later<unknown> {
  return typeof field === 'object' && 'before' in field
}

/** A value that JSON holds as it is. */
export function asItIs<V extends Json>(): Codec<V> {
  return { write: (value) => value, read: (stored) => stored as V }
}

/** A record, or the word `ended` in its place. */
export function orEnded<R extends object>(codec: Codec<R>): Codec<R | 'ended'> {
  return {
    write: (value) => (value === 'ended' ? value : codec.write(value)),
    read: (stored) => (stored === 'ended' ? stored : codec.read(stored)),
  }
}
