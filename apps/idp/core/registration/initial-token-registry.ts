import type { Audit } from '../audit/audit.ts'
import { type Clock, later } from '../clock.ts'
import { digest, random } from '../oauth/random.ts'
import { type Fault, reject, rejectFaults } from '../oauth/rejection.ts'
import { formatScope, isScopeName } from '../oauth/scope.ts'
import type { InitialToken, InitialTokenStore } from './initial-token.ts'

/** What an operator wants a token to allow; `lifetime` in seconds. */
export type InitialTokenWishes = {
  readonly uses: number
  readonly lifetime: number
  readonly scopes?: readonly string[] | undefined
  readonly clientCredentials?: boolean | undefined
}

/** A token that was made; `secret` is in clear and shown once. */
export type NewInitialToken = { readonly token: InitialToken; readonly secret: string }

/** Initial access tokens as operators give them out and take them back. Both throw a {@link Rejection}. */
export type InitialTokenRegistry = {
  create(wishes: InitialTokenWishes, actor: string): Promise<NewInitialToken>
  revoke(id: string, actor: string): Promise<void>
}

export type InitialTokenParts = {
  readonly initialTokens: Pick<InitialTokenStore, 'begin' | 'revoke'>
  readonly audit: Audit
  readonly clock: Clock
}

const mostUses = 1_000_000
const longestLifetime = 366 * 86_400

/** Wires the registry of initial access tokens over its store. */
export function initialTokenRegistry({ initialTokens, audit, clock }: InitialTokenParts): InitialTokenRegistry {
  return {
    async create(wishes, actor) {
      rejectFaults(faultsOf(wishes))
      const { uses, lifetime, scopes, clientCredentials = false } = wishes
      const secret = random('iat_')
      const createdAt = clock.now()
      const token: InitialToken = {
        id: random('reg_', 12),
        hash: digest(secret),
        uses,
        scopes: scopes && new Set(scopes),
        clientCredentials,
        createdAt,
        expiresAt: later(createdAt, lifetime),
      }
      await initialTokens.begin(token)
      const details = { token: token.id, uses, ...(token.scopes && { scope: formatScope(token.scopes) }) }
      await audit.record('registration_token.created', { actor, details: { ...details, clientCredentials } })
      return { token, secret }
    },
    async revoke(id, actor) {
      if (!(await initialTokens.revoke(id))) reject('missing', 'id', `There is no registration token ${id}.`)
      await audit.record('registration_token.revoked', { actor, details: { token: id } })
    },
  }
}

function faultsOf({ uses, lifetime, scopes = [] }: InitialTokenWishes): readonly Fault[] {
  const faults: Fault[] = []
  if (!Number.isInteger(uses) || uses < 1 || uses > mostUses)
    faults.push({ field: 'uses', what: `A token is for 1 to ${mostUses} registrations.` })
  if (lifetime < 1 || lifetime > longestLifetime)
    faults.push({ field: 'lifetime', what: 'A token lives for 1s to 366d.' })
  for (const scope of scopes)
    if (!isScopeName(scope)) faults.push({ field: 'scopes', what: `${JSON.stringify(scope)} is not a scope name.` })
  return faults
}
