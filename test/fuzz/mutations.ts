import fc from 'fast-check'
import type { Draft, Field } from './draft.ts'
import type { Materials } from './materials.ts'

/** One way to bend a request, as data that can be printed and made smaller. Indexes count round and round. */
export type Mutation =
  | { readonly kind: 'repeat' | 'empty' | 'remove' | 'unnamed'; readonly where: number; readonly at: number }
  | {
      readonly kind: 'replace' | 'raw' | 'append' | 'prepend' | 'rename'
      readonly where: number
      readonly at: number
      readonly text: string
    }
  | { readonly kind: 'slot'; readonly where: number; readonly at: number; readonly slot: string }
  | { readonly kind: 'cut'; readonly where: number; readonly at: number; readonly length: number }
  | { readonly kind: 'flip'; readonly where: number; readonly at: number; readonly position: number }
  | { readonly kind: 'swap'; readonly where: number; readonly at: number; readonly with: number }
  | { readonly kind: 'add'; readonly to: 'parameters' | 'headers'; readonly name: string; readonly text: string }
  | { readonly kind: 'method' | 'path' | 'under' | 'body'; readonly text: string }
  | { readonly kind: 'crossover' }
  | { readonly kind: 'asItIs' }

/** Bends a request; where there is nothing to bend it stays as it is. */
export function bend(draft: Draft, mutation: Mutation, { slots }: Materials): Draft {
  switch (mutation.kind) {
    case 'method':
      return { ...draft, method: mutation.text }
    case 'path':
      return { ...draft, path: mutation.text }
    case 'under':
      return { ...draft, path: `${draft.path}${mutation.text}` }
    case 'body':
      return { ...draft, method: draft.method === 'GET' ? 'POST' : draft.method, body: mutation.text }
    case 'crossover':
      return { ...draft, query: draft.form ?? [], form: draft.form ? draft.query : undefined }
    case 'asItIs':
      return { ...draft, isRaw: true }
    case 'add':
      return add(draft, mutation.to, { name: mutation.name, value: mutation.text })
    default:
      return bendPart(draft, mutation, slots)
  }
}

function add(draft: Draft, to: 'parameters' | 'headers', field: Field): Draft {
  const part = to === 'headers' ? 'headers' : draft.json ? 'json' : draft.form ? 'form' : 'query'
  return { ...draft, [part]: [...(draft[part] ?? []), field] }
}

/** Picks one of the parts that have something to bend, what the endpoint itself reads twice as often as headers. */
function bendPart(draft: Draft, mutation: FieldMutation, slots: Materials['slots']): Draft {
  const parts = (['json', 'form', 'query', 'json', 'form', 'query', 'cookies', 'basic', 'headers'] as const).filter(
    (part) => (draft[part]?.length ?? 0) > 0,
  )
  const part = parts[mutation.where % parts.length]
  return part === undefined ? draft : { ...draft, [part]: bendFields(draft[part] ?? [], mutation, slots) }
}

type FieldMutation = Extract<Mutation, { readonly at: number }>

function bendFields(fields: readonly Field[], mutation: FieldMutation, slots: Materials['slots']): readonly Field[] {
  if (fields.length === 0) return fields
  const at = mutation.at % fields.length
  const field = fields[at]
  if (!field) return fields
  if (mutation.kind === 'remove') return fields.toSpliced(at, 1)
  if (mutation.kind === 'repeat') return [...fields, field]
  if (mutation.kind === 'swap') {
    const other = fields[mutation.with % fields.length] ?? field
    return fields
      .with(at, { ...field, value: other.value })
      .with(mutation.with % fields.length, { ...other, value: field.value })
  }
  return fields.with(at, bendField(field, mutation, slots))
}

function bendField(field: Field, mutation: FieldMutation, slots: Materials['slots']): Field {
  const { name, value } = field
  switch (mutation.kind) {
    case 'empty':
      return { name, value: '' }
    case 'unnamed':
      return { name: '', value }
    case 'replace':
      return { name, value: mutation.text }
    case 'raw':
      return { name, value: mutation.text, isRaw: true }
    case 'append':
      return { name, value: value + mutation.text }
    case 'prepend':
      return { name, value: mutation.text + value }
    case 'rename':
      return { name: mutation.text, value }
    case 'slot':
      return {
        name,
        value: value.startsWith('B') ? value.replace(/ .*/, ` ${slots[mutation.slot]}`) : (slots[mutation.slot] ?? ''),
      }
    case 'cut':
      return { name, value: value.slice(0, mutation.length % (value.length + 1)) }
    case 'flip':
      return { name, value: flip(value, mutation.position) }
    default:
      return field
  }
}

function flip(value: string, position: number): string {
  const at = position % (value.length || 1)
  return `${value.slice(0, at)}${value[at] === 'A' ? 'B' : 'A'}${value.slice(at + 1)}`
}

const parameters = (
  'response_type response_mode client_id client_secret redirect_uri scope state nonce prompt max_age login_hint ' +
  'id_token_hint acr_values ui_locales claims claims_locales display request request_uri registration resource audience ' +
  'code code_verifier code_challenge code_challenge_method grant_type refresh_token token token_type_hint access_token ' +
  'client_assertion client_assertion_type redirect_uris response_types grant_types token_endpoint_auth_method jwks jwks_uri ' +
  'subject_type default_max_age request_uris id_token_encrypted_response_alg tls_client_auth_subject_dn username password csrf action id another iss logout_hint __proto__ constructor'
).split(' ')

const headers = (
  'authorization host cookie origin referer accept accept-encoding accept-language range if-none-match if-modified-since ' +
  'content-type content-length content-encoding transfer-encoding connection expect upgrade te trailer x-forwarded-for ' +
  'x-forwarded-host x-forwarded-proto forwarded x-http-method-override sec-fetch-site dpop x-request-id ' +
  'access-control-request-method access-control-request-headers'
).split(' ')

const paths = (
  '/ // /. /.. /%2e%2e/ /%00 /% /%zz /authorize/ //evil.test/ /authorize%2f /AUTHORIZE /token;a=b /.well-known/ ' +
  '/login/../token /admin /admin/api/v1/clients /assets/ /favicon.ico /robots.txt /par /register /device ' +
  '/.well-known/openid-configuration/ /userinfo/. /logout/confirm/x * http://evil.test/token'
).split(' ')

const values = (
  '0 -1 1e309 NaN 9007199254740993 99999999999999999999 true null [] {} {"id_token":{"sub":{"value":"x"}}} ' +
  '{"userinfo":null} {"__proto__":{"a":1}} {"id_token":{"acr":{"essential":true,"values":[{}]}}} {"id_token":[]} "x" ["x"] [[[]]] ' +
  '["https://app.test/cb"] {"keys":[]} {"keys":[{"kty":"RSA","n":"AQAB","e":""}]} "pairwise" none login consent select_account none+login query fragment form_post jwt ' +
  'plain S256 code code+token id_token token+id_token code+id_token+token openid+offline_access https://evil.test/ //evil.test javascript:alert(1) ' +
  'http://127.0.0.1:1/ urn:x ../../etc/passwd Basic Bearer Basic+Og== Basic+%%% Basic+/w== Bearer+a+b Basic+OjpBOg== ' +
  'bytes=0-0,-1,5-2 W/"x" * gzip chunked close 0x10 5,5 application/json multipart/form-data text/plain;charset=utf-7 ' +
  'application/x-www-form-urlencoded;charset=utf-16 null <script>alert(1)</script> "><script>alert(1)</script> ' +
  "';DROP eyJhbGciOiJub25lIn0.e30. eyJhbGciOiJub25lIn0.e30 a.b.c .. rt_a.b.1.c rt_... code_ de-x-klingon"
)
  .split(' ')
  .map((value) => value.replaceAll('+', ' '))

const broken = [
  '%',
  '%z',
  '%zz',
  '%c3%28',
  '%ff%fe',
  '%00',
  '%0d%0aX-A:%20b',
  '%u0041',
  '+',
  '&',
  '&=&',
  '=',
  '#',
  '%ed%a0%80',
  ';',
]
const oddities = [
  '\u0000',
  '\r\nX-A: b',
  '\u202e',
  '\ud800',
  '\ufeff',
  '𝕏',
  'ﬃ',
  'İ',
  '\u0130\u0307',
  '\u007f',
  '\u0085',
  ' \t ',
]

const text: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...values) },
  { weight: 2, arbitrary: fc.constantFrom(...oddities) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(300, 5000, 20_000, 70_000).map((length) => 'a'.repeat(length)) },
)
const rawText = fc.oneof(fc.constantFrom(...broken), fc.string({ unit: 'grapheme-ascii', maxLength: 20 }))
const methods = fc.constantFrom(
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'HEAD',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'CONNECT',
  'get',
  'G T',
)
const at = fc.nat(20)
const where = fc.nat(6)
const slot = fc.constantFrom(
  'code',
  'spentCode',
  'access',
  'refresh',
  'idToken',
  'ownToken',
  'secret',
  'clientId',
  'redirectUri',
)
const bent = fc.constantFrom('replace', 'append', 'prepend', 'rename')
const plain = fc.constantFrom('repeat', 'empty', 'remove', 'unnamed')
const nearby = fc.constantFrom(
  '/',
  '/x',
  '/../x',
  '.evil.test',
  '@evil.test',
  '?a=b',
  '#a',
  ' ',
  '%20',
  '\\',
  ':443',
  '&a=b',
  '.',
  '=',
  '\n',
)

/** Every mutation. Long because it is a table. */
export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: plain, where, at }) },
  { weight: 6, arbitrary: fc.record({ kind: bent, where, at, text }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('append', 'prepend'), where, at, text: nearby }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('raw'), where, at, text: rawText }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('slot'), where, at, slot }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut'), where, at, length: fc.nat(2000) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('flip'), where, at, position: fc.nat(2000) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('swap'), where, at, with: at }) },
  { weight: 5, arbitrary: addition('parameters', parameters) },
  {
    weight: 2,
    arbitrary: addition('parameters', ['claims', 'max_age', 'prompt', 'id_token_hint', 'scope', 'resource']),
  },
  { weight: 3, arbitrary: addition('headers', headers) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('method'), text: methods }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('path'), text: fc.oneof(fc.constantFrom(...paths), fc.webPath()) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('under'), text: rawText }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('body'), text }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'crossover' }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'asItIs' }) },
)

function addition(to: 'parameters' | 'headers', names: readonly string[]): fc.Arbitrary<Mutation> {
  return fc.record({ kind: fc.constant('add'), to: fc.constant(to), name: fc.constantFrom(...names), text })
}
