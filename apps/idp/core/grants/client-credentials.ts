import type { ApiStore } from '../apis/api.ts'
import { chooseAudience } from '../apis/audience.ts'
import type { Audit } from '../audit/audit.ts'
import { type Client, isPublic } from '../clients/client.ts'
import { refuse, Unavailable } from '../oauth/error.ts'
import { type Form, optional } from '../oauth/form.ts'
import { covers, parseScope, type Scopes } from '../oauth/scope.ts'
import type { Mint } from '../tokens/mint.ts'
import type { RevocationStore } from '../tokens/revocation-store.ts'
import { standardScopes } from '../users/claims.ts'
import type { Grant } from './grant.ts'

export type ClientCredentialsParts = {
  readonly issuer: string
  readonly apis: ApiStore
  readonly revocations: RevocationStore
  readonly mint: Mint
  readonly audit: Audit
}

/** RFC 6749 §4.4: a client acts for itself. No refresh token, no ID token, and no scope that is about a person. */
export function clientCredentialsGrant(parts: ClientCredentialsParts): Grant {
  const everything = lastKnown(() => parts.revocations.everything('remembered'))
  return {
    type: 'client_credentials',

    async redeem({ client, form, origin }) {
      if (isPublic(client)) refuse('unauthorized_client', 'a public client cannot act for itself')
      const resource = optional(form, 'resource')
      const audience = await chooseAudience(parts.apis, {
        resource,
        scopes: readScopes(client, form),
        issuer: parts.issuer,
      })
      const versions = { user: 0, client: client.tokenVersion, everything: await everything() }
      await parts.audit.record('token.issued', {
        clientId: client.id,
        origin,
        details: { grant: 'client_credentials', audience: audience.audience },
      })
      return parts.mint.forClient({ client, audience, versions })
    },
  }
}

/**
 * The version in force; while the store cannot say, the last one that it told this process: a token that is born under an
 * older one is dead on arrival, which is the safe side. Unavailable where it never told any.
 */
function lastKnown(ask: () => Promise<number>): () => Promise<number> {
  let known: number | undefined
  return async () => {
    try {
      known = await ask()
      return known
    } catch (error) {
      if (!(error instanceof Unavailable) || known === undefined) throw error
      return known
    }
  }
}

/** What was asked for, or all that the client may have of APIs where it asked for nothing. */
function readScopes(client: Client, form: Form): Scopes {
  const own = new Set([...client.scopes].filter((scope) => !standardScopes.includes(scope)))
  if (own.size === 0) refuse('invalid_scope', 'this client has no scope of an API', { parameter: 'scope' })
  const text = optional(form, 'scope')
  if (text === undefined) return own
  const wanted = parseScope(text)
  if (!wanted || !covers(own, wanted))
    refuse('invalid_scope', 'this client may not have these scopes', { parameter: 'scope' })
  return wanted
}
