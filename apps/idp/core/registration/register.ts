import type { Client } from '../clients/client.ts'
import type { ClientRegistry } from '../clients/client-registry.ts'
import type { Clock } from '../clock.ts'
import { OAuthError, refuse } from '../oauth/error.ts'
import type { Origin } from '../oauth/origin.ts'
import { digest, random } from '../oauth/random.ts'
import { asObject, type JsonObject, readClientDocument } from './client-document.ts'
import { inProtocolWords } from './in-protocol-words.ts'
import type { InitialToken, InitialTokenStore } from './initial-token.ts'
import type { RegistrationLimits } from './registration-limits.ts'
import { permitted } from './registration-policy.ts'
import type { CheckSector, Untimed } from './sector-identifier.ts'

/** A registration as it was asked for: a document, and the initial access token that came with it. */
export type RegistrationRequest = {
  readonly document: unknown
  readonly token: string | undefined
  readonly origin: Origin
  /** Runs what has a bound of its own. */
  readonly untimed: Untimed
}

/** A client that has registered itself; both secrets are in clear and told this once. */
export type Registered = {
  readonly client: Client
  readonly secret: string | undefined
  /** What it manages itself with (RFC 7592). */
  readonly token: string
}

export type RegisterClient = (request: RegistrationRequest) => Promise<Registered>

export type RegisterParts = {
  readonly registry: Pick<ClientRegistry, 'plan' | 'create' | 'remove'>
  readonly initialTokens: Pick<InitialTokenStore, 'find' | 'claim'>
  readonly limits: RegistrationLimits
  readonly checkSector: CheckSector
  readonly clock: Clock
  readonly policy: {
    /** `open`: a token is not needed. */
    readonly mode: 'token' | 'open'
    readonly scopes: readonly string[]
    readonly methods: readonly string[]
  }
}

/** How a client came to be that nobody vouched for. */
export const openly = 'open'

/**
 * Makes dynamic registration (RFC 7591 §3). Everything is checked before a use of the token is claimed, so that a
 * document at fault costs none; the claim decides how many of those who hold one token come through.
 */
export function clientRegistrar(parts: RegisterParts): RegisterClient {
  const { registry, limits, checkSector, clock, policy } = parts
  return async ({ document, token: presented, origin, untimed }) => {
    await limits.countRequest(origin)
    const initial = await findInitialToken(parts, presented)
    return inProtocolWords(async () => {
      const asked = asObject(document)
      refuseStatement(asked)
      const allowance = {
        scopes: initial?.scopes ?? new Set(policy.scopes),
        clientCredentials: initial?.clientCredentials ?? false,
        methods: policy.methods,
      }
      const wishes = permitted(readClientDocument(asked), allowance)
      const planned = await registry.plan(wishes)
      await untimed(() => checkSector(planned))
      await limits.requireRoom(1)
      await claim(parts, initial)
      const token = random('rat_')
      const registration = { tokenHash: digest(token), by: initial?.id ?? openly, at: clock.now() }
      const made = await registry.create({ ...wishes, registration }, { origin })
      await keepWithinQuota(parts, made.client.id)
      return { ...made, token }
    })
  }
}

async function findInitialToken(
  { initialTokens, policy, clock }: RegisterParts,
  presented: string | undefined,
): Promise<InitialToken | undefined> {
  if (presented === undefined) {
    if (policy.mode === 'open') return undefined
    return refuse('invalid_token', 'registration needs an initial access token')
  }
  const found = await initialTokens.find(digest(presented))
  if (found && found.uses > 0 && found.expiresAt > clock.now()) return found
  return refuseToken()
}

async function claim({ initialTokens, clock }: RegisterParts, initial: InitialToken | undefined): Promise<void> {
  if (initial && (await initialTokens.claim(initial.id, clock.now())) === 'refused') refuseToken()
}

function refuseToken(): never {
  return refuse('invalid_token', 'the initial access token is not valid, used up or expired')
}

/** Of those who came at once when there was room for fewer, whoever sees too many gives up: the quota is never exceeded. */
async function keepWithinQuota({ limits, registry }: RegisterParts, id: string): Promise<void> {
  try {
    await limits.requireRoom(0)
  } catch (error) {
    if (error instanceof OAuthError) await registry.remove(id, 'system')
    throw error
  }
}

/** There is nobody whose statements about software we would believe (RFC 7591 §2.3). */
function refuseStatement(document: JsonObject): void {
  const statement = Object.hasOwn(document, 'software_statement') ? document.software_statement : undefined
  if (statement === undefined || statement === null) return
  const isJwt = typeof statement === 'string' && /^[\w-]+\.[\w-]+\.[\w-]*$/.test(statement)
  if (!isJwt) refuse('invalid_software_statement', 'the software statement is not a JWT')
  refuse('unapproved_software_statement', 'no software statements are taken here; send the metadata itself')
}
