import { refuse } from '#core/oauth/error.ts'
import type { Form } from '#core/oauth/form.ts'

/**
 * A query or a form body, parsed. It does not refuse by itself, since it is made before any route's error door: the
 * name that stood twice is kept, and {@link readForm} refuses it.
 */
class ParsedForm {
  readonly fields: Form
  readonly repeated: string | undefined

  constructor(text: string) {
    const fields = new Map<string, string>()
    let repeated: string | undefined
    for (const [name, value] of new URLSearchParams(text)) {
      if (fields.has(name)) repeated ??= name
      else fields.set(name, value)
    }
    this.fields = fields
    this.repeated = repeated
  }
}

/** The parser of queries and bodies, in the shape that the HTTP library wants. */
export function parseForm(text: string): { readonly form: ParsedForm } {
  return { form: new ParsedForm(text) }
}

/** The parameters of a parsed query or body. A name that stands twice is refused (RFC 6749 §3.1, §3.2; RFC 8707 §2). */
export function readForm(parsed: unknown): Form {
  const form = typeof parsed === 'object' && parsed !== null && 'form' in parsed ? parsed.form : undefined
  if (!(form instanceof ParsedForm)) return new Map()
  const { fields, repeated } = form
  if (repeated === undefined) return fields
  const parameter = /^[a-z_]{1,40}$/.test(repeated) ? repeated : 'a parameter'
  if (repeated === 'resource') refuse('invalid_target', 'one resource per request', { parameter })
  return refuse('invalid_request', `${parameter} stands more than once`, { parameter })
}
