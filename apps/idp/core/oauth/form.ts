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
