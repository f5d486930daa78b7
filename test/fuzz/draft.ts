/** A name and its value; `isRaw` where the value goes out as it is written, percent signs and all. */
export type Field = { readonly name: string; readonly value: string; readonly isRaw?: boolean }

/** A request that can still be bent. */
export type Draft = {
  readonly listener: 'public' | 'management'
  readonly method: string
  readonly path: string
  readonly query: readonly Field[]
  readonly headers: readonly Field[]
  readonly cookies: readonly Field[]
  /** A client's id and secret, for the Basic scheme. */
  readonly basic: readonly Field[]
  /** Undefined: no body. */
  readonly form: readonly Field[] | undefined
  /** Members of a JSON object, their values as they are written; sent instead of the form. */
  readonly json?: readonly Field[]
  /** Sent instead of both. */
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
export function bodyOf({ form, json, body }: Draft): string | undefined {
  return body ?? (json && encodeMembers(json)) ?? (form && encodeFields(form))
}

/** As JSON, or as what a bent member makes of it. */
function encodeMembers(members: readonly Field[]): string {
  return `{${members.map(({ name, value }) => `${JSON.stringify(name)}:${value.toWellFormed()}`).join(',')}}`
}

/** Every header, those that are made of parts included. */
export function headersOf({ headers, cookies, basic }: Draft): readonly Field[] {
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
  const halves = basic.map(({ value, isRaw }) => (isRaw ? value : encode(value))).join(':')
  return [
    ...headers,
    ...(cookies.length > 0 ? [{ name: 'cookie', value: cookie }] : []),
    ...(basic.length > 0 ? [{ name: 'authorization', value: `Basic ${Buffer.from(halves).toString('base64')}` }] : []),
  ]
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
