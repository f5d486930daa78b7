import type { ClientStore } from '../clients/client-store.ts'
import { later } from '../clock.ts'
import type { Announce } from '../tokens/end.ts'
import type { End, FactStore } from '../tokens/fact-store.ts'
import type { NoticeStore } from './notice-store.ts'

export type AnnounceParts = {
  readonly facts: Pick<FactStore, 'listEnded' | 'listReached'>
  readonly clients: Pick<ClientStore, 'find'>
  readonly notices: Pick<NoticeStore, 'put'>
  /** Is told that there is something to send. */
  readonly wake?: () => void
}

/** Sessions that are looked at together. */
const page = 250

/** Seconds: who ended a session lately may not have come to its notices. Kept notices say which are there already. */
const lately = 86_400

/**
 * Puts a notice into the outbox for every client that an ended session has reached and that wants to be told. The end of
 * a token, a family or a client ends no session: nobody is told.
 */
export function announcer(parts: AnnounceParts): Announce {
  return async (end) => {
    if (end.kind === 'session') return put(parts, [end.id], end.at)
    if (end.kind !== 'user' && end.kind !== 'everything') return
    for (let after: string | undefined, isMore = true; isMore; ) {
      const sids = await parts.facts.listEnded(end, { since: later(end.at, -lately), most: page, after })
      await put(parts, sids, end.at)
      isMore = sids.length === page
      after = sids.at(-1)
    }
  }
}

async function put({ facts, clients, notices, wake }: AnnounceParts, sids: readonly string[], at: End['at']) {
  const reached = await facts.listReached(sids)
  const told = new Map<string, boolean>()
  for (const { clientId } of reached)
    if (!told.has(clientId)) told.set(clientId, (await clients.find(clientId))?.backchannelLogout !== undefined)
  const news = reached.filter(({ clientId }) => told.get(clientId)).map((reach) => ({ ...reach, at }))
  if (news.length === 0) return
  await notices.put(news)
  wake?.()
}
