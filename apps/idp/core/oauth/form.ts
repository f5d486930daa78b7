import { refuse } from './error.ts'

/**
 * The parameters of one request. Each name at most once (RFC 6749 §3.1: repeated parameters are refused before a Form
 * exists); an empty value counts as absent, as the same section asks.
 */
export type Form = ReadonlyMap<string, string>

/** The value of a parameter, or undefined where it is absent or empty. */
export function optional(form: Form, name: string): string | undefined {
  return form.get(name) || undefined
}

/** The value of a parameter; refuses `invalid_request` naming it where it is absent or empty. */
export function required(form: Form, name: string): string {
  return optional(form, name) ?? refuse('invalid_request', `${name} is missing`, { parameter: name })
}

const longestEcho = 4096

/**
 * The value of a parameter that is kept and given back as it came, `state` for instance. Refuses `invalid_request` where
 * it is longer than 4096 characters: an answer has to fit into a header, and strangers fill our stores with it.
 */
export function echoed(form: Form, name: string): string | undefined {
  const value = optional(form, name)
  if (value !== undefined && value.length > longestEcho)
    refuse('invalid_request', `${name} is longer than ${longestEcho} characters`, { parameter: name })
  return value
}
