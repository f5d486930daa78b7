import { isDeepStrictEqual } from 'node:util'
import type { ApiStore } from '../apis/api.ts'
import type { Audit, Happening } from '../audit/audit.ts'
import type { Clock } from '../clock.ts'
import { type Opens, requireOpener, requireSigner, type Signs } from '../keys/require-signer.ts'
import type { Origin } from '../oauth/origin.ts'
import { putAgain } from '../oauth/put-again.ts'
import { reject } from '../oauth/rejection.ts'
import type { ResponseType } from '../oauth/response-type.ts'
import type { AllowList } from '../outbound/allow-list.ts'
import type { UserStore } from '../users/user-store.ts'
import { withoutOldCertificate } from './certificate-wishes.ts'
import { otherProof, withSecret } from './change-proof.ts'
import type { Client } from './client.ts'
import { longestOverlap, newSecret } from './client-secret.ts'
import type { ClientStore } from './client-store.ts'
import { type ClientWishes, wishesOf } from './client-wishes.ts'
import { type NewClient, type NewClientWishes, newClient } from './new-client.ts'
import { readWishes } from './read-wishes.ts'
import { requireFetchable } from './require-fetchable.ts'
import { requireSpoken } from './require-spoken.ts'
import type { SecretSeal } from './sealed-secret.ts'

type EndReason = 'client_disabled' | 'revoked_by_operator' | 'deleted'

export type ClientRegistryParts = {
  readonly clients: ClientStore
  readonly users: UserStore
  readonly apis: ApiStore
  /** What is remembered of clients that were deleted. */
  readonly facts: { findVersion(kind: 'client', id: string): Promise<number> }
  /** Ends all that is older than the client's version, durably. */
  readonly endings: { client(client: Pick<Client, 'id' | 'tokenVersion'>, reason: EndReason): Promise<void> }
  readonly signs: Signs
  /** What can be encrypted to us; nothing unless told. */
  readonly opens?: Opens
  readonly audit: Audit
  readonly clock: Clock
  /** Without it no `client_secret_jwt` client can be made. */
  readonly secretSeal?: Pick<SecretSeal, 'seal'> | undefined
  /** What may be asked of the authorization endpoint; the code alone unless told. */
  readonly responseTypes?: readonly ResponseType[]
  /** What documents of clients may be fetched from although it is private; nothing unless told. */
  readonly allow?: AllowList
}

/** Who makes a change: an operator by name, or the client itself, from where it asked. */
export type Doer = string | { readonly origin: Origin }

/** How a secret is exchanged for another: `overlap` in seconds; `secret` where the operator brings one. */
export type SecretRotation = { readonly overlap: number; readonly secret?: string | undefined }

/**
 * Who may ask, as operators change it. Every change is checked by the same rules, ends what it must end, and leaves one
 * line in the audit trail. All throw a {@link Rejection}.
 */
export interface ClientRegistry {
  create(wishes: NewClientWishes, actor: Doer): Promise<NewClient>
  /** What `create` would make, checked against what there is; nothing is kept. */
  plan(wishes: NewClientWishes): Promise<Client>
  update(id: string, wishes: ClientWishes, actor: Doer): Promise<Client>
  /** What `update` would make; nothing is kept. */
  planUpdate(id: string, wishes: ClientWishes): Promise<Client>
  rotateSecret(id: string, rotation: SecretRotation, actor: string): Promise<NewClient>
  /** Nothing works for it any more, and its tokens end. */
  disable(id: string, actor: string): Promise<Client>
  enable(id: string, actor: string): Promise<Client>
  /** Ends every token it was given; it works on. */
  endTokens(id: string, actor: string): Promise<Client>
  /** Ends its tokens, then forgets it. */
  remove(id: string, actor: Doer): Promise<void>
}

/** Wires the registry of clients over its stores. */
export function clientRegistry(parts: ClientRegistryParts): ClientRegistry {
  return { ...births(parts), ...updates(parts), ...secrets(parts), ...ends(parts) }
}

const opensNothing: Opens = () => false

function births({
  clients,
  users,
  apis,
  facts,
  signs,
  opens = opensNothing,
  audit,
  clock,
  secretSeal,
  responseTypes,
  allow,
}: ClientRegistryParts): Pick<ClientRegistry, 'create' | 'plan'> {
  async function prepare(wishes: NewClientWishes): Promise<NewClient> {
    const made = newClient(wishes, clock.now(), secretSeal)
    const { id, accessTokenAlg, idTokenAlg, userInfoAlg, requestObjectEncryption } = made.client
    requireSigner(signs, { accessTokenAlg, idTokenAlg, userInfoAlg })
    requireOpener(opens, 'requestObjectEncryption', requestObjectEncryption?.alg)
    requireSpoken(made.client, responseTypes)
    requireFetchable(made.client, allow)
    await requireApi(apis, made.client)
    if (await clients.find(id)) taken(id)
    if (await users.find(id)) reject('taken', 'id', `${id} is a person's subject.`)
    // One that had this id before ended all that is older than its last version: the new one begins there.
    return { ...made, client: { ...made.client, tokenVersion: await facts.findVersion('client', id) } }
  }
  return {
    plan: async (wishes) => (await prepare(wishes)).client,
    async create(wishes, actor) {
      const made = await prepare(wishes)
      const { id, name, registration } = made.client
      if ((await clients.begin(made.client)) === 'taken') taken(id)
      const details = { name, ...(registration && { by: registration.by }) }
      await audit.record('client.created', { ...doneBy(actor, id), details })
      return made
    },
  }
}

function updates({
  clients,
  apis,
  signs,
  opens = opensNothing,
  audit,
  responseTypes,
  allow,
}: ClientRegistryParts): Pick<ClientRegistry, 'update' | 'planUpdate' | 'enable'> {
  async function planUpdate(id: string, wishes: ClientWishes): Promise<Client> {
    const found = (await clients.find(id)) ?? reject('missing', 'id', `There is no client ${id}.`)
    const client = updated(found, wishes)
    const { accessTokenAlg, idTokenAlg, userInfoAlg, requestObjectEncryption } = wishes
    requireSigner(signs, { accessTokenAlg, idTokenAlg, userInfoAlg })
    requireOpener(opens, 'requestObjectEncryption', requestObjectEncryption?.alg)
    if (wishes.responseTypes ?? wishes.grantTypes) requireSpoken(client, responseTypes)
    requireFetchable(wishes, allow)
    await requireApi(apis, client)
    return client
  }
  return {
    planUpdate,
    async update(id, wishes, actor) {
      await planUpdate(id, wishes)
      let changed = ''
      const client = await change(clients, id, (each) => {
        const next = updated(each, wishes)
        changed = differing(wishesOf(each), wishesOf(next)).join(' ')
        return next
      })
      await audit.record('client.updated', { ...doneBy(actor, id), details: { changed } })
      return client
    },
    async enable(id, actor) {
      const client = await change(clients, id, (each) => ({ ...each, enabled: true }))
      await audit.record('client.enabled', { actor, clientId: id })
      return client
    },
  }
}

function secrets({ clients, audit, clock, secretSeal }: ClientRegistryParts): Pick<ClientRegistry, 'rotateSecret'> {
  return {
    async rotateSecret(id, { overlap, secret: brought }, actor) {
      if (overlap > longestOverlap)
        reject('policy', 'overlap', 'Two secrets may be valid side by side for 30d at most.')
      const made = newSecret(clock.now(), brought)
      const client = await change(clients, id, (each) => withSecret(each, made, overlap, secretSeal))
      await audit.record('client.secret_rotated', { actor, clientId: id, details: { overlap } })
      return { client, secret: made.secret }
    },
  }
}

function ends({
  clients,
  endings,
  audit,
}: ClientRegistryParts): Pick<ClientRegistry, 'disable' | 'endTokens' | 'remove'> {
  async function end(id: string, edit: (client: Client) => Client, reason: EndReason): Promise<Client> {
    const bump = (each: Client): Client => ({ ...edit(each), tokenVersion: each.tokenVersion + 1 })
    const client = await change(clients, id, bump)
    await endings.client(client, reason)
    return client
  }
  const turnOff = (each: Client): Client => ({ ...each, enabled: false })

  return {
    async disable(id, actor) {
      const client = await end(id, turnOff, 'client_disabled')
      await audit.record('client.disabled', { actor, clientId: id })
      return client
    },
    async endTokens(id, actor) {
      const client = await end(id, (each) => each, 'revoked_by_operator')
      await audit.record('token.revoked', { actor, clientId: id, details: { all: true } })
      return client
    },
    async remove(id, actor) {
      const { name } = await end(id, turnOff, 'deleted')
      await clients.end(id)
      await audit.record('client.deleted', { ...doneBy(actor, id), details: { name } })
    },
  }
}

function doneBy(doer: Doer, clientId: string): Happening {
  return typeof doer === 'string' ? { actor: doer, clientId } : { origin: doer.origin, clientId }
}

function change(clients: ClientStore, id: string, edit: (client: Client) => Client): Promise<Client> {
  return putAgain({ what: `client ${id}`, find: () => clients.find(id), put: (client) => clients.put(client) }, edit)
}

async function requireApi(apis: ApiStore, { resourceServerOf: audience }: Client): Promise<void> {
  if (audience === undefined || (await apis.find(audience))) return
  reject('missing', 'resourceServerOf', `There is no API ${audience}; create it first.`)
}

/** Fields, by their names, that are not the same any more. */
function differing(before: ClientWishes, after: ClientWishes): readonly string[] {
  const was = new Map(Object.entries(before))
  return Object.entries(after).flatMap(([field, now]) => (isDeepStrictEqual(was.get(field), now) ? [] : [field]))
}

function taken(id: string): never {
  return reject('taken', 'id', `A client ${id} exists already.`)
}

/** The client with its wishes applied. */
function updated(client: Client, wishes: ClientWishes): Client {
  const own = withoutOldCertificate(wishesOf(client), wishes)
  const { authenticationMethod: method, certificateSubject, ...metadata } = readWishes({ ...own, ...wishes })
  return { ...client, ...metadata, authentication: otherProof(client.authentication, method, certificateSubject) }
}
