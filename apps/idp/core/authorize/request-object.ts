import { algsOfRequestObjects } from '../clients/assertion-algs.ts'
import type { Client } from '../clients/client.ts'
import type { JwtClaims, VerifyClientJwt } from '../clients/client-jwt.ts'
import { later, toSeconds } from '../clock.ts'
import { refuse } from '../oauth/error.ts'
import { type Form, optional } from '../oauth/form.ts'
import type { SafeFetch } from '../outbound/safe-fetch.ts'
import { isJwe, type OpenJwe } from '../tokens/open-jwe.ts'

export type RequestObjectParts = {
  readonly issuer: string
  readonly verifyClientJwt: VerifyClientJwt
  readonly openJwe: OpenJwe
  readonly fetcher: Pick<SafeFetch, 'get'>
}

/** The parameters that count of a request of a client that is known; see {@link requestObjectReader}. */
export type ReadRequestObject = (form: Form, client: Client, now: Date) => Promise<Form>

/** Characters; a longer one belongs behind a `request_uri`. */
const longest = 32_768
/** RFC 9101 §10.8, and what libraries write that do not name the type. */
const types: readonly (string | undefined)[] = ['oauth-authz-req+jwt', 'JWT', 'jwt', undefined]
/** Media types of a request object: RFC 9101 §5.2.3, and what servers say of any JWT. */
const mediaTypes = ['application/oauth-authz-req+jwt', 'application/jwt', 'application/jose']
/** Seconds that a client's clock may be off. */
const skew = 30
/** Seconds: so often a client's server is asked at most, and so old may be what stands in while it fails. */
const [newsEvery, oldest] = [1, 60]

/** Whether parameters bring a request object. */
export function bringsRequestObject(form: Form): boolean {
  return optional(form, 'request') !== undefined || optional(form, 'request_uri') !== undefined
}

/**
 * Makes the reader of request objects (RFC 9101, OpenID Connect Core §6), by value or by reference. Signed by the client,
 * perhaps encrypted to us; then its parameters are the request, and what stands beside it is not (docs/decisions/0020).
 * Refuses `invalid_request_object` and `invalid_request_uri`.
 */
export function requestObjectReader(parts: RequestObjectParts): ReadRequestObject {
  return async (form, client, now) => {
    const [byValue, uri] = [optional(form, 'request'), optional(form, 'request_uri')]
    if (byValue !== undefined && uri !== undefined)
      refuse('invalid_request', 'request and request_uri exclude each other', { parameter: 'request_uri' })
    const brought = uri === undefined ? byValue : await fetchObject(parts, client, uri, now)
    if (brought === undefined) return form
    const parameter = uri === undefined ? 'request' : 'request_uri'
    const refuseObject = (why: string): never => refuse('invalid_request_object', why, { parameter })

    const signed = isJwe(brought) ? await parts.openJwe(brought, now) : brought
    if (signed === undefined)
      return refuseObject('the request object cannot be opened: it is not encrypted to a key of ours')
    const { requestObjectAlg: pinned, authentication } = client
    const algs = algsOfRequestObjects(authentication.method).filter((alg) => pinned === undefined || pinned === alg)
    const question = { what: 'request object', types, algs, longest, now }
    const verified = await parts.verifyClientJwt(signed, client, question)
    if (verified.outcome === 'refused') return refuseObject(verified.why)
    const { claims } = verified
    const fault = faultOf(claims, client, parts.issuer) ?? faultOfTimes(claims, toSeconds(now))
    if (fault !== undefined) return refuseObject(fault)
    const read = readParameters(claims)
    if (typeof read === 'string') return refuseObject(read)
    const outer = optional(form, 'response_type')
    if (outer !== undefined && sorted(outer) !== sorted(optional(read, 'response_type') ?? ''))
      return refuseObject('response_type is another one in the request object')
    return read
  }
}

/** The words of a response type mean the same in any order (OAuth 2.0 Multiple Response Types §3). */
function sorted(responseType: string): string {
  return responseType.split(' ').sort().join(' ')
}

/** Only what the client registered is asked for: the address without its fragment, which is never sent (Core §6.2). */
async function fetchObject(
  { fetcher }: RequestObjectParts,
  { requestUris }: Client,
  uri: string,
  now: Date,
): Promise<string> {
  const parameter = 'request_uri'
  const isRegistered = requestUris.some((registered) => addressOf(registered) === addressOf(uri))
  if (!isRegistered) refuse('invalid_request_uri', 'request_uri is not registered for this client', { parameter })
  const fetched = await fetcher.get(uri, { types: mediaTypes, newerThan: newsEvery })
  if (fetched.outcome === 'failed' || later(fetched.document.fetchedAt, oldest) < now)
    return refuse('invalid_request_uri', 'there is no request object at request_uri', { parameter })
  return fetched.document.text.trim()
}

function addressOf(uri: string): string {
  return uri.replace(/#.*$/s, '')
}

/**
 * Whose it is and whom it is for. A `sub` is what assertions and ID tokens have; without one nothing that was signed for
 * another purpose is a request, and no request is anything else (RFC 9101 §10.8).
 */
function faultOf(claims: JwtClaims, client: Client, issuer: string): string | undefined {
  const { iss, aud, sub, client_id: clientId } = claims
  if (clientId !== client.id) return 'client_id of the request object is not the client'
  if (iss !== undefined && iss !== client.id) return 'iss of the request object is not the client'
  if (sub !== undefined) return 'a request object has no sub'
  if (aud !== undefined && aud !== issuer && !(Array.isArray(aud) && aud.includes(issuer)))
    return 'aud of the request object is not the issuer'
  if (claims.request !== undefined || claims.request_uri !== undefined)
    return 'a request object has no other one inside'
  return undefined
}

function faultOfTimes({ exp, iat, nbf }: JwtClaims, now: number): string | undefined {
  const isTime = (time: unknown) => time === undefined || (typeof time === 'number' && Number.isFinite(time))
  if (![exp, iat, nbf].every(isTime)) return 'a time of the request object is not a number'
  if (typeof exp === 'number' && exp + skew <= now) return 'the request object has expired'
  if ([iat, nbf].some((time) => typeof time === 'number' && time > now + skew))
    return 'the request object is of the future'
  return undefined
}

const ofTheJwt: ReadonlySet<string> = new Set(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti'])

/** The parameters as a form would bring them: a number in digits, `claims` as JSON (Core §6.1). Or what cannot be one. */
function readParameters(claims: JwtClaims): Form | string {
  const form = new Map<string, string>()
  for (const [name, value] of Object.entries(claims)) {
    if (ofTheJwt.has(name)) continue
    const text = name === 'claims' && typeof value === 'object' ? JSON.stringify(value) : value
    if (!['string', 'number', 'boolean'].includes(typeof text)) return `${name} of the request object is not a text`
    form.set(name, String(text))
  }
  return form
}
