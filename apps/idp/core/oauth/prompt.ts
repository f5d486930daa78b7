/** What a client may ask the pages to do (OpenID Connect Core §3.1.2.1). */
export type Prompt = 'none' | 'login' | 'consent' | 'select_account'

const known: ReadonlySet<string> = new Set<Prompt>(['none', 'login', 'consent', 'select_account'])

/** Every prompt this provider understands, for the metadata. */
export const prompts: readonly string[] = [...known]

/** Reads `prompt`. Undefined where a value is unknown or `none` stands beside another one. */
export function parsePrompt(text: string | undefined): ReadonlySet<Prompt> | undefined {
  const values = new Set((text ?? '').split(' ').filter((value) => value !== ''))
  if (![...values].every((value): value is Prompt => known.has(value))) return undefined
  if (values.has('none') && values.size > 1) return undefined
  return values as ReadonlySet<Prompt>
}
