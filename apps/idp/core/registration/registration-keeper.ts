import type { Client } from '../clients/client.ts'
import type { ClientRegistry } from '../clients/client-registry.ts'
import { secretsOf } from '../clients/client-secret.ts'
import type { ClientStore } from '../clients/client-store.ts'
import { refuse } from '../oauth/error.ts'
import type { Origin } from '../oauth/origin.ts'
import { digest, sameDigest } from '../oauth/random.ts'
import { asObject, type JsonObject, noWishes, readClientDocument } from './client-document.ts'
import { inProtocolWords } from './in-protocol-words.ts'
import type { InitialTokenStore } from './initial-token.ts'
import { openly } from './register.ts'
import { type Allowance, permitted } from './registration-policy.ts'
import type { CheckSector, Untimed } from './sector-identifier.ts'

/** Whoever says to be a client, and the token that came with its registration. */
export type Registrant = { readonly id: string; readonly token: string; readonly origin: Origin }

/** What a client may do with its own registration (RFC 7592 §2). The token stays the same all its life (docs/decisions/0018). */
export type RegistrationKeeper = {
  read(who: Registrant): Promise<Client>
  /** Replaces everything that its owner decides; what the document leaves out takes its default. */
  replace(who: Registrant, document: unknown, untimed: Untimed): Promise<Client>
  /** Ends its tokens and consents with it, as an operator's deletion does. */
  remove(who: Registrant): Promise<void>
}

export type KeeperParts = {
  readonly clients: Pick<ClientStore, 'find'>
  readonly registry: Pick<ClientRegistry, 'planUpdate' | 'update' | 'remove'>
  readonly checkSector: CheckSector
  readonly initialTokens: Pick<InitialTokenStore, 'findById'>
  readonly policy: { readonly scopes: readonly string[]; readonly methods: readonly string[] }
}

/** Wires the management of registrations. */
export function registrationKeeper(parts: KeeperParts): RegistrationKeeper {
  const { clients, registry, checkSector } = parts
  return {
    read: (who) => identify(clients, who),
    replace: (who, document, untimed) =>
      inProtocolWords(async () => {
        const client = await identify(clients, who)
        const asked = asObject(document)
        refuseForeignMembers(client, asked)
        const wishes = permitted(readClientDocument(asked), await allowanceOf(parts, client))
        // Nobody becomes public, or stops being so, by saying nothing about it.
        const authenticationMethod = wishes.authenticationMethod ?? client.authentication.method
        const replacement = { ...noWishes, ...wishes, authenticationMethod }
        const planned = await registry.planUpdate(client.id, replacement)
        await untimed(() => checkSector(planned))
        return registry.update(client.id, replacement, { origin: who.origin })
      }),
    remove: (who) =>
      inProtocolWords(async () => {
        const { id } = await identify(clients, who)
        await registry.remove(id, { origin: who.origin })
      }),
  }
}

/**
 * The client that the token manages. An unknown client, one of an operator's and a wrong token are one answer
 * (RFC 7592 §2). Nobody is refused by a remembered record.
 */
async function identify(clients: Pick<ClientStore, 'find'>, { id, token }: Registrant): Promise<Client> {
  const hash = digest(token)
  for (const freshness of ['recent', 'now'] as const) {
    const client = await clients.find(id, freshness)
    if (!client?.registration || !sameDigest(client.registration.tokenHash, hash)) continue
    if (!client.enabled) continue
    return client
  }
  return refuse('invalid_token', 'the registration access token is not valid for this client')
}

/** What a client has, it may keep, however it came by it; what else it may ask for is what it could when it registered. */
async function allowanceOf(parts: KeeperParts, client: Client): Promise<Allowance> {
  const { methods } = parts.policy
  return {
    scopes: new Set([...(await scopesFor(parts, client)), ...client.scopes]),
    clientCredentials: client.grantTypes.has('client_credentials'),
    methods: [...methods, client.authentication.method],
  }
}

/** A token's scopes take the place of the settings'; of a token that was revoked nobody knows which they were. */
async function scopesFor({ initialTokens, policy }: KeeperParts, { registration }: Client): Promise<Iterable<string>> {
  if (registration?.by === openly) return policy.scopes
  const token = registration && (await initialTokens.findById(registration.by))
  return token ? (token.scopes ?? policy.scopes) : []
}

/** What only we say, and what has to be said to change anything at all (RFC 7592 §2.2). */
const ours = ['registration_access_token', 'registration_client_uri', 'client_secret_expires_at', 'client_id_issued_at']

function refuseForeignMembers(client: Client, document: JsonObject): void {
  const code = 'invalid_client_metadata'
  const { client_id: id, client_secret: secret } = document
  if (id !== client.id) refuse(code, 'client_id has to be the one of this registration')
  const foreign = ours.find((name) => Object.hasOwn(document, name))
  if (foreign) refuse(code, `${foreign} cannot be set`)
  if (secret === undefined || secret === null) return
  const hash = digest(String(secret))
  const isKnown = secretsOf(client.authentication).some((one) => sameDigest(one.hash, hash))
  if (!isKnown) refuse(code, 'client_secret cannot be chosen; leave it out, or send the one that was issued')
}
