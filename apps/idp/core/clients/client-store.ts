import type { Client } from './client.ts'

/** What became of a record that was put back: stored, or changed by somebody else meanwhile, or not there. */
export type Put = 'stored' | 'conflict' | 'missing'

/** Where clients are kept; durable. */
export interface ClientStore {
  find(id: string): Promise<Client | undefined>
  /** All of them, by name. */
  list(): Promise<readonly Client[]>
  /** Keeps a new client; `taken` where its id is in use. */
  begin(client: Client): Promise<'begun' | 'taken'>
  /** Replaces a client if nobody changed it since `client.revision` was read; the stored revision is one more. */
  put(client: Client): Promise<Put>
  /** Deletes it; false where it is unknown. */
  end(id: string): Promise<boolean>
}
