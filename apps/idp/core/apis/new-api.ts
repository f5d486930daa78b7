import { isSigningAlg, signingAlgs } from '../keys/stored-ring.ts'
import { type Fault, rejectFaults } from '../oauth/rejection.ts'
import { isScopeName } from '../oauth/scope.ts'
import { standardScopes } from '../users/claims.ts'
import type { Api } from './api.ts'

/** What somebody asks an API to be, before anything is checked. */
export type ApiWishes = {
  readonly audience: string
  /** Scope name → the sentence that people read. */
  readonly scopes: ReadonlyMap<string, string>
  readonly tokenFormat?: string | undefined
  readonly alg?: string | undefined
  /** Seconds. */
  readonly lifetime?: number | undefined
}

/** What an API may not exceed or be. */
export type ApiLimits = { readonly issuer: string; readonly longestLifetime: number }

const longestSentence = 200
const mostScopes = 100

/** Makes an API, or throws a {@link Rejection} with everything that is wrong. */
export function newApi(wishes: ApiWishes, limits: ApiLimits, now: Date): Api {
  const { audience, scopes, tokenFormat, alg, lifetime } = wishes
  const faults: Fault[] = [...faultsOfAudience(audience, limits), ...faultsOfScopes(scopes)]
  const format = tokenFormat ?? 'jwt'
  if (format !== 'jwt' && format !== 'opaque') faults.push({ field: 'tokenFormat', what: 'Use one of: jwt, opaque.' })
  if (alg !== undefined && !isSigningAlg(alg)) {
    faults.push({ field: 'alg', what: `${alg} is not known; use one of: ${signingAlgs.join(', ')}.` })
  }
  if (lifetime !== undefined && (lifetime < 1 || lifetime > limits.longestLifetime)) {
    const what = `The lifetime must be from 1 to ${limits.longestLifetime} seconds (tokens.longestLifetime).`
    faults.push({ field: 'lifetime', what, policy: lifetime >= 1 })
  }
  rejectFaults(faults)
  return {
    audience,
    scopes: new Map([...scopes].map(([name, sentence]) => [name, sentence.trim()])),
    tokenFormat: format === 'opaque' ? 'opaque' : 'jwt',
    alg,
    lifetime,
    createdAt: now,
    revision: 0,
  }
}

/** RFC 8707 §2: an absolute URI without a fragment. One way to write it, since it is compared byte by byte. */
function faultsOfAudience(audience: string, { issuer }: ApiLimits): readonly Fault[] {
  const wrong = (what: string, policy = false): readonly Fault[] => [{ field: 'audience', what, policy }]
  const printable = /^[\x21-\x7e]{1,500}$/.test(audience) && !/[#"\\<>^`{|}]/.test(audience)
  if (!printable || !/^[a-z][a-z0-9+.-]*:/.test(audience) || !URL.canParse(audience)) {
    return wrong('The audience must be an absolute URI without a fragment, for instance https://api.example.com.')
  }
  if (/^https?:/.test(audience) && !/^https?:\/\/[^/@]+(\/|\?|$)/.test(audience)) {
    return wrong('The audience must have a host and no user name.')
  }
  const bare = (uri: string): string => uri.replace(/\/+$/, '').toLowerCase()
  if (bare(audience) === bare(issuer))
    return wrong("The issuer's own audience is for UserInfo; an API needs another.", true)
  return []
}

function faultsOfScopes(scopes: ReadonlyMap<string, string>): readonly Fault[] {
  const faults: Fault[] = []
  const add = (what: string, policy = false): void => void faults.push({ field: 'scopes', what, policy })
  if (scopes.size > mostScopes) add(`More than ${mostScopes} scopes.`)
  for (const [name, sentence] of scopes) {
    if (!isScopeName(name)) add(`${JSON.stringify(name)} is not a scope name (RFC 6749 §3.3).`)
    else if (standardScopes.includes(name)) add(`The scope ${name} belongs to OpenID Connect.`, true)
    const length = sentence.trim().length
    if (length === 0 || length > longestSentence) {
      add(`The scope ${name} needs a sentence of at most ${longestSentence} characters that people understand.`)
    }
  }
  return faults
}
