/** What is known of the clients that registered themselves, beside the clients; durable. It begins and ends with them. */
export interface DynamicClientStore {
  /** How many there are. */
  count(): Promise<number>
  /** Notes that one was used; never goes back. Nothing where it is unknown. */
  noteUse(clientId: string, at: Date): Promise<void>
  /** At most `most` of those that nobody has used since a date, the longest unused first. */
  listUnused(since: Date, most: number): Promise<readonly string[]>
}
