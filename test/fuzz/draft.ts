/** A name and its value; `isRaw` where the value goes out as it is written, percent signs and all. */
export type Field = { readonly name: string; readonly value: string; readonly isRaw?: boolean }

/** A request that can still be bent. */
export type Draft = {
  readonly listener: 'public' | 'management'
  readonly method: string
  readonly path: string
  readonly query: readonly Field[]
  readonly headers: readonly Field[]
  /** Undefined: no body. */
  readonly form: readonly Field[] | undefined
  /** Sent instead of the form. */
  readonly body?: string
  /** Written to a socket as it is, because no HTTP library would send it. */
  readonly isRaw?: boolean
}

export const formType = 'application/x-www-form-urlencoded'

/** The target of the request line. */
export function targetOf({ path, query }: Draft): string {
  return query.length === 0 ? path : `${path}?${encodeFields(query)}`
}

/** The body as it goes over the wire; undefined for none. */
export function bodyOf({ form, body }: Draft): string | undefined {
  return body ?? (form && encodeFields(form))
}

/** Fields as a form, half a surrogate pair as the replacement character. */
function encodeFields(fields: readonly Field[]): string {
  return fields.map(({ name, value, isRaw }) => `${encode(name)}=${isRaw ? value : encode(value)}`).join('&')
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

/** Fields from an object. */
export function fieldsOf(values: { readonly [name: string]: string }): readonly Field[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }))
}
