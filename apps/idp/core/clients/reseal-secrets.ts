import { putAgain } from '../oauth/put-again.ts'
import { reject } from '../oauth/rejection.ts'
import { pagesOf } from '../page.ts'
import type { Client, SealedClientSecret } from './client.ts'
import type { ClientStore } from './client-store.ts'
import type { SecretSeal } from './sealed-secret.ts'

/** The seal that secrets have, and the one that they shall have. */
export type SealChange = { readonly from: SecretSeal; readonly to: SecretSeal }

/**
 * Seals the secrets of all `client_secret_jwt` clients anew and answers how many clients that were. Rejects before
 * anything is changed where one opens under neither seal. Those that have the new seal already are left alone, so that
 * what was interrupted can be run again.
 */
export async function resealSecrets(clients: ClientStore, change: SealChange): Promise<number> {
  for await (const client of sealedOf(clients)) resealed(client, change)
  let count = 0
  for await (const { id } of sealedOf(clients)) {
    const store = { what: `client ${id}`, find: () => clients.find(id, 'now'), put: (one: Client) => clients.put(one) }
    await putAgain(store, (client) => resealed(client, change))
    count++
  }
  return count
}

async function* sealedOf(clients: ClientStore): AsyncGenerator<Client> {
  for await (const page of pagesOf(clients.listPage)) {
    yield* page.filter(({ authentication }) => authentication.method === 'client_secret_jwt')
  }
}

function resealed(client: Client, { from, to }: SealChange): Client {
  const { id, authentication } = client
  if (authentication.method !== 'client_secret_jwt') return client
  const again = (secret: SealedClientSecret): SealedClientSecret => {
    if (to.open(id, secret.sealed) !== undefined) return secret
    const opened = from.open(id, secret.sealed)
    const what = `The secret of client ${id} opens under neither secret; give it another one, or delete the client.`
    return { ...secret, sealed: to.seal(id, opened ?? reject('conflict', 'keys.secret', what)) }
  }
  return { ...client, authentication: { ...authentication, secrets: authentication.secrets.map(again) } }
}
