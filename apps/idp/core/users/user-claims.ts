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
const addressParts = ['formatted', 'street_address', 'locality', 'region', 'postal_code', 'country']
const address: Check = (value) =>
  isObject(value) && Object.entries(value).every(([part, each]) => addressParts.includes(part) && isFilled(each))
    ? undefined
    : `must be an object of texts: ${addressParts.join(', ')}`
const birthdate: Check = (value) =>
  typeof value === 'string' && /^\d{4}(-\d\d-\d\d)?$/.test(value) && isDay(value.slice(5))
    ? undefined
    : 'must be YYYY-MM-DD or YYYY'
const zone: Check = (value) =>
  typeof value === 'string' &&
  /^[A-Za-z]/.test(value) &&
  isKnownTo(() => new Intl.DateTimeFormat('en', { timeZone: value }))
    ? undefined
    : 'must be a time zone, for instance Europe/Paris'
const locale: Check = (value) =>
  typeof value === 'string' && isKnownTo(() => Intl.getCanonicalLocales(value.replace('_', '-')))
    ? undefined
    : 'must be a language tag, for instance en-US'
const phone: Check = (value) =>
  typeof value === 'string' && /^\+\d[\d ().-]{3,30}(;ext=\d{1,10})?$/.test(value)
    ? undefined
    : 'must be a number with + and its country code, for instance +1 (604) 555-1234;ext=5678'
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
  birthdate,
  zoneinfo: zone,
  locale,
  phone_number: phone,
  profile: page,
  picture: page,
  website: page,
  phone_number_verified: truth,
  address,
  roles: texts,
  groups: texts,
  email: elsewhere('the e-mail address (--email)'),
  email_verified: elsewhere('the e-mail address (--email-verified)'),
  preferred_username: elsewhere('the username (--username)'),
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

function isFilled(value: Json): boolean {
  return typeof value === 'string' && value !== '' && value.length <= 1000
}

/** Whether a month and a day are one of a year, be it a leap year; a year alone has none. */
function isDay(monthAndDay: string): boolean {
  const date = new Date(`2000-${monthAndDay}T00:00Z`)
  return monthAndDay === '' || (!Number.isNaN(date.getTime()) && date.toISOString().slice(5, 10) === monthAndDay)
}

function isKnownTo(read: () => unknown): boolean {
  try {
    read()
    return true
  } catch {
    return false
  }
}
