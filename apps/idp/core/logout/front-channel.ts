import { withQuery } from '../authorize/answer.ts'
import type { ClientStore } from '../clients/client-store.ts'
import type { FactStore } from '../tokens/fact-store.ts'
import type { SidFor } from '../users/subject.ts'

export type FrontChannelParts = {
  readonly issuer: string
  readonly facts: Pick<FactStore, 'listReached'>
  readonly clients: Pick<ClientStore, 'find'>
  readonly sidFor: SidFor
}

/** The addresses that a browser loads, so that the apps of these sessions sign it out. */
export type FindFrames = (sids: readonly string[]) => Promise<readonly string[]>

/** More apps than this are not loaded on one page: the back channel has no such limit. */
const mostFrames = 50

/**
 * Makes the finder of front-channel logout addresses (Front-Channel Logout 1.0 §2): of every client that the sessions
 * have reached, with `iss` and `sid`, so that an app ends the one session that is meant.
 */
export function frameFinder({ issuer, facts, clients, sidFor }: FrontChannelParts): FindFrames {
  return async (sids) => {
    const frames: string[] = []
    for (const { sid, clientId } of await facts.listReached(sids)) {
      const client = await clients.find(clientId)
      if (!client?.enabled || !client.frontchannelLogout) continue
      const said = { iss: issuer, sid: sidFor(client, sid) }
      frames.push(withQuery(client.frontchannelLogout.uri, Object.entries(said)))
    }
    return frames.slice(0, mostFrames)
  }
}
