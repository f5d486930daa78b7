import { random } from '../oauth/random.ts'
import { type Fault, rejectFaults } from '../oauth/rejection.ts'
import { firstProof, hasSecret, proofWithoutSecret } from './change-proof.ts'
import type { Client } from './client.ts'
import type { Registration } from './client-details.ts'
import { newSecret } from './client-secret.ts'
import type { ClientWishes } from './client-wishes.ts'
import { readWishes } from './read-wishes.ts'
import type { SecretSeal } from './sealed-secret.ts'

/** What a new client is made from: wishes, and what only a birth decides. */
export type NewClientWishes = ClientWishes & {
  readonly id?: string | undefined
  /** A secret that an operator brings, in clear. */
  readonly secret?: string | undefined
  /** How it came to be, where it registered itself. */
  readonly registration?: Registration | undefined
}

/** A client that is not kept yet, and its secret in clear where it has one: shown once, then known as a digest only. */
export type NewClient = { readonly client: Client; readonly secret: string | undefined }

/**
 * Makes a client; `seal` is needed for `client_secret_jwt` alone. Throws a {@link Rejection} with everything that is
 * wrong.
 */
export function newClient(wishes: NewClientWishes, now: Date, seal?: Pick<SecretSeal, 'seal'>): NewClient {
  const { authenticationMethod: method, certificateSubject, ...metadata } = readWishes(wishes)
  rejectFaults(faultsOfId(wishes.id))
  const base = {
    ...metadata,
    id: wishes.id ?? random('client_', 12),
    registration: wishes.registration,
    enabled: true,
    tokenVersion: 0,
    createdAt: now,
    revision: 0,
  }
  if (!hasSecret(method)) {
    const who = method === 'none' ? 'A public client' : 'A client that proves itself with keys of its own'
    const what = `${who} has no secret; leave it out.`
    rejectFaults(wishes.secret === undefined ? [] : [{ field: 'secret', what }])
    const authentication = proofWithoutSecret(method, certificateSubject)
    return { client: { ...base, authentication }, secret: undefined }
  }
  const made = newSecret(now, wishes.secret)
  return { client: { ...base, authentication: firstProof(base.id, method, made, seal) }, secret: made.secret }
}

/**
 * An id is a plain word: nobody can take it for a URL (client-id metadata documents are fetched from those), for a
 * person's subject, or for an option of a command.
 */
function faultsOfId(id: string | undefined): readonly Fault[] {
  if (id === undefined || (/^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/.test(id) && !id.startsWith('usr_'))) return []
  const what = 'A client id has 1 to 128 letters, digits, dots, dashes or underscores and does not begin with usr_.'
  return [{ field: 'id', what }]
}
