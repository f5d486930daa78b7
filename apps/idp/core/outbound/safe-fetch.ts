/** A document of somebody else's, as it came: bounded in size, of a type that was asked for, valid UTF-8. */
export type RemoteDocument = { readonly text: string; readonly fetchedAt: Date }

/** A picture of somebody else's, or what says to be one: bounded in size, of a type that was asked for. */
export type RemotePicture = { readonly bytes: Uint8Array; readonly fetchedAt: Date }

/**
 * Why there is no document. `unwelcome`: the URI itself is not one that is asked. `unreachable`: whatever lies between us
 * and an answer, a refused address and a closed port alike, so that nobody can map a network with us. `status`, `type`,
 * `size` and `encoding` speak of an answer. `busy`: too much waits already. `detail` is for our log alone.
 */
export type FetchFailure = {
  readonly outcome: 'failed'
  readonly reason: 'unwelcome' | 'unreachable' | 'status' | 'type' | 'size' | 'encoding' | 'busy'
  readonly detail: string
}

export type Fetched = { readonly outcome: 'fetched'; readonly document: RemoteDocument } | FetchFailure

export type FetchedPicture = { readonly outcome: 'fetched'; readonly document: RemotePicture } | FetchFailure

export type Posted = { readonly outcome: 'answered'; readonly status: number } | FetchFailure

export type GetWishes = {
  /** The media types that will do, in lower case, without parameters. */
  readonly types: readonly string[]
  /** Seconds: a document older than this is asked for again, though it could be remembered longer. */
  readonly newerThan?: number
}

/**
 * The one way by which requests leave: no redirects, no cookies, no proxies, bounded in time, size and number, and never
 * to an address that is not public unless the operator allowed it. Failures are outcomes; nothing is thrown for them.
 */
export interface SafeFetch {
  /** Equal GETs under way are one; answers and failures are remembered for a while. */
  get(uri: string, wishes: GetWishes): Promise<Fetched>
  /** The same for what is no text. */
  getPicture(uri: string, wishes: GetWishes): Promise<FetchedPicture>
  /** Sent once, never again by itself: what became of a POST without an answer is not known. */
  post(uri: string, body: { readonly type: string; readonly text: string }): Promise<Posted>
}
