/** Names that hold a secret wherever they stand. */
const secretNames = [
  'password',
  'passwordHash',
  'secret',
  'secretHash',
  'client_secret',
  'clientSecret',
  'authorization',
  'cookie',
  '["set-cookie"]',
  'token',
  'access_token',
  'refresh_token',
  'id_token',
  'id_token_hint',
  'client_assertion',
  'code_verifier',
  'sealed',
  'csrf',
]

/** A `code` is an error's name in an error and a secret in a form. */
const codes = ['code', 'body.code', 'form.code', 'query.code', 'params.code']

/** The paths that the logger cuts: each name at the top and up to three objects deep. */
export const redacted: string[] = [
  ...secretNames.flatMap((name) => ['', '*', '*.*', '*.*.*'].map((prefix) => path(prefix, name))),
  ...codes,
]

function path(prefix: string, name: string): string {
  if (prefix === '' || name.startsWith('[')) return prefix + name
  return `${prefix}.${name}`
}
