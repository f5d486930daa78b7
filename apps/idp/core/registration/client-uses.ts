import type { AuthenticateClient } from '../clients/authenticate-client.ts'
import type { Client } from '../clients/client.ts'
import type { Clock } from '../clock.ts'
import type { DynamicClientStore } from './dynamic-client-store.ts'

/** The same authentication, after which a client counts as used. */
export function notingUses(authenticate: AuthenticateClient, parts: ClientUseParts): AuthenticateClient {
  const note = clientUseNoter(parts)
  return async (credentials, origin, freshness) => {
    const client = await authenticate(credentials, origin, freshness)
    note(client)
    return client
  }
}

/** Notes that a client was used. Costs nothing but once a day, waits for nothing and never fails. */
type NoteClientUse = (client: Pick<Client, 'id' | 'registration'>) => void

export type ClientUseParts = {
  readonly dynamicClients: Pick<DynamicClientStore, 'noteUse'>
  readonly clock: Clock
  /** Told where a use could not be noted; the next one is. Must not throw. */
  readonly failed: (error: unknown) => void
}

/** Milliseconds between two notes of one client, and how many clients are remembered as noted. */
const noteEvery = 86_400_000
const mostKnown = 10_000

/** Makes the notes by which unused clients are told from others; they are of those that registered themselves alone. */
function clientUseNoter({ dynamicClients, clock, failed }: ClientUseParts): NoteClientUse {
  const noted = new Map<string, number>()
  return ({ id, registration }) => {
    if (!registration) return
    const at = clock.now()
    const before = noted.get(id)
    if (before !== undefined && at.getTime() - before < noteEvery) return
    if (noted.size >= mostKnown) noted.clear()
    noted.set(id, at.getTime())
    dynamicClients.noteUse(id, at).catch((error: unknown) => {
      noted.delete(id)
      failed(error)
    })
  }
}
