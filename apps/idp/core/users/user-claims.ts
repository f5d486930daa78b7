import type { Fault } from '../oauth/rejection.ts'
import { isProtocolClaim } from './claims.ts'
import type { Json } from './user.ts'

type Check = (value: Json) => string | undefined

const text: Check = (value) => (typeof value === 'string' && value.length <= 1000 ? undefined : 'must be a text')
const truth: Check = (value) => (typeof value === 'boolean' ? undefined : 'must be true or false')
const page: Check = (value) =>
  typeof value === 'string' && /^https?:$/.test(URL.parse(value)?.protocol ?? '') ? undefined : 'must be an https URL'
const texts: Check = (value) =>
  Array.isArray(value) && value.length <= 200 && value.every((each) => typeof each === 'string' && each !== '')
    ? undefined
    : 'must be a flat list of texts'
const address: Check = (value) =>
  isObject(value) && Object.values(value).every((each) => typeof each === 'string')
    ? undefined
    : 'must be an object of texts'
const elsewhere =
  (flag: string): Check =>
  () =>
    `is not a free claim; it follows from ${flag}`

/** The types of the standard claims (OpenID Connect Core §5.1), and of ours. A table. */
const checks: { readonly [claim: string]: Check } = {
  name: text,
  given_name: text,
  family_name: text,
  middle_name: text,
  nickname: text,
  gender: text,
  birthdate: (value) =>
    typeof value === 'string' && /^\d{4}(-\d\d-\d\d)?$/.test(value) ? undefined : 'must be YYYY-MM-DD or YYYY',
  zoneinfo: text,
  locale: text,
  phone_number: text,
  profile: page,
  picture: page,
  website: page,
  phone_number_verified: truth,
  address,
  roles: texts,
  groups: texts,
  email: elsewhere('the e-mail address'),
  email_verified: elsewhere('the e-mail address'),
  preferred_username: elsewhere('the username'),
  updated_at: elsewhere('the last change'),
}

const longestClaims = 16_384

/** A person's claims as somebody brings them: a JSON object, or the faults that keep it from being used. */
export function faultsOfClaims(claims: unknown): readonly Fault[] {
  const field = 'claims'
  if (!isObject(claims)) return [{ field, what: 'The claims must be a JSON object.' }]
  if (JSON.stringify(claims).length > longestClaims)
    return [{ field, what: `The claims exceed ${longestClaims} characters.` }]
  return Object.entries(claims).flatMap(([name, value]): readonly Fault[] => {
    if (isProtocolClaim(name)) return [{ field, what: `The claim ${name} belongs to the protocol.`, policy: true }]
    const fault = Object.hasOwn(checks, name) ? checks[name]?.(value) : undefined
    return fault ? [{ field, what: `The claim ${name} ${fault}.` }] : []
  })
}

function isObject(value: unknown): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
