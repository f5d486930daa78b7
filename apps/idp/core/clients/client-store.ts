import type { Page } from '../page.ts'
import type { Client } from './client.ts'

/** What became of a record that was put back: stored, or changed by somebody else meanwhile, or not there. */
export type Put = 'stored' | 'conflict' | 'missing'

/**
 * How fresh a record has to be. `recent`: what a server may remember for a moment. `now`: as it is kept, for whoever is
 * about to say that a proof is wrong. `remembered`: an older one will do where the database cannot answer and nobody has
 * told of a change. A store without a memory is always as fresh as `now`.
 */
export type Freshness = 'recent' | 'now' | 'remembered'

/** What can be asked of all clients at once. */
export type ClientOutline = Pick<Client, 'id' | 'redirectUris' | 'tokenVersion'>

/** Where clients are kept; durable. */
export interface ClientStore {
  /** `recent` unless told. */
  find(id: string, freshness?: Freshness): Promise<Client | undefined>
  /** All of them by id, as the database orders it: at most `most`, from this place on (`''`: the first). */
  listPage(place: string, most: number): Promise<Page<Client>>
  /** For whoever goes through all of them, however many: at most `most` after this id, in an order of its own. */
  listAfter(id: string, most: number): Promise<readonly ClientOutline[]>
  /** Keeps a new client; `taken` where its id is in use. */
  begin(client: Client): Promise<'begun' | 'taken'>
  /** Replaces a client if nobody changed it since `client.revision` was read; the stored revision is one more. */
  put(client: Client): Promise<Put>
  /** Deletes it; false where it is unknown. */
  end(id: string): Promise<boolean>
}
