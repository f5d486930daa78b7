import { compactVerify, decodeJwt, decodeProtectedHeader, errors, importJWK } from 'jose'
import type { StoredSigningKey } from '#core/keys/stored-ring.ts'
import { accessTokenType, decodeAccessToken } from '#core/tokens/encode-access-token.ts'
import { ringKeySettings } from '#idp/ring-settings.ts'
import { expiry, type Inspection, type InspectionPlace, revocation, type TokenFinding } from './inspection.ts'

type Decoded = {
  readonly header: { readonly [name: string]: unknown }
  readonly claims: { readonly [name: string]: unknown }
}

/** Takes a JWT apart and checks it as an API would, and beyond: the key's state, and revocation. */
export async function inspectJwt(token: string, work: InspectionPlace): Promise<Inspection> {
  const decoded = decode(token)
  if (!decoded) return { kind: 'unknown', findings: [{ level: 'error', what: 'It is no token that Signet makes.' }] }
  const { header, claims } = decoded
  const { key, findings: ofSignature } = await checkSignature(token, header, work)
  const isOurs = ofSignature.every(({ level }) => level !== 'error')
  const findings = [...ofSignature, ...checkClaims(claims, work), ...(isOurs ? await checkEnds(decoded, work) : [])]
  return { kind: kindOf(header), header, claims, key, findings }
}

function decode(token: string): Decoded | undefined {
  try {
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) }
  } catch {
    return undefined
  }
}

function kindOf({ typ }: Decoded['header']): Inspection['kind'] {
  if (typ === accessTokenType) return 'access_token'
  return typ === 'JWT' ? 'id_token' : 'jwt'
}

async function checkSignature(
  token: string,
  header: Decoded['header'],
  work: InspectionPlace,
): Promise<Pick<Inspection, 'key' | 'findings'>> {
  const { stores, config, clock } = work
  const { statesOf } = await import('#core/keys/key-state.ts')
  const keys = (await stores.keys.read())?.keys ?? []
  const found = keys.find((key): key is StoredSigningKey => key.use === 'sig' && key.kid === header.kid)
  if (!found) return { findings: [{ level: 'error', what: `No key of the ring has the kid ${String(header.kid)}.` }] }

  const state =
    statesOf(keys, ringKeySettings(config), clock.now()).find(({ kid }) => kid === found.kid)?.state ?? 'retired'
  const key = { kid: found.kid, alg: found.alg, state }
  const findings: TokenFinding[] = [await verify(token, found)]
  if (state === 'compromised') findings.push({ level: 'error', what: 'Its key was declared compromised.' })
  if (state === 'retired') findings.push({ level: 'error', what: 'Its key has left the JWKS.' })
  return { key, findings }
}

async function verify(token: string, { alg, publicJwk }: StoredSigningKey): Promise<TokenFinding> {
  try {
    await compactVerify(token, await importJWK({ ...publicJwk }, alg), { algorithms: [alg] })
    return { level: 'ok', what: 'The signature is right.' }
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error
    return { level: 'error', what: 'The signature is wrong.' }
  }
}

function checkClaims({ iss, exp }: Decoded['claims'], { config, clock }: InspectionPlace): readonly TokenFinding[] {
  const issuer: TokenFinding =
    iss === config.issuer
      ? { level: 'ok', what: `The issuer is ${config.issuer}.` }
      : { level: 'error', what: `The issuer is ${String(iss)}, not ${config.issuer}.` }
  if (typeof exp !== 'number') return [issuer, { level: 'error', what: 'It has no expiry.' }]
  return [issuer, expiry(new Date(exp * 1000), clock.now())]
}

async function checkEnds({ header, claims }: Decoded, work: InspectionPlace): Promise<readonly TokenFinding[]> {
  if (header.typ === accessTokenType) {
    const token = decodeAccessToken(claims)
    if (!token) return [{ level: 'error', what: 'Its claims are not those of an access token of ours.' }]
    return revocation(work, { ...token, sessionId: token.sid })
  }
  const session = typeof claims.sid === 'string' ? await work.stores.facts.findSession(claims.sid) : undefined
  if (!session) return [{ level: 'note', what: 'It says who signed in; nothing can revoke it.' }]
  const ended = session.endedAt
  return [{ level: 'note', what: ended ? `Its session ended at ${ended.toISOString()}.` : 'Its session is open.' }]
}
