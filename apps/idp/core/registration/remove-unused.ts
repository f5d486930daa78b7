import type { ClientRegistry } from '../clients/client-registry.ts'
import { type Clock, later } from '../clock.ts'
import { Rejection } from '../oauth/rejection.ts'
import type { DynamicClientStore } from './dynamic-client-store.ts'

export type RemoveUnusedParts = {
  readonly dynamicClients: Pick<DynamicClientStore, 'listUnused'>
  readonly registry: Pick<ClientRegistry, 'remove'>
  readonly clock: Clock
  /** Seconds without a use after which a client that registered itself goes. */
  readonly unusedAfter: number
}

/** Clients that are looked up at once. */
const page = 100

/**
 * Deletes the clients that registered themselves and were not used for long, as an operator would: their tokens end, and
 * the trail has a line of each. One that somebody else deletes meanwhile is no fault; an aborted `signal` ends it.
 */
export async function removeUnusedClients(parts: RemoveUnusedParts, signal: AbortSignal): Promise<void> {
  const { dynamicClients, registry, clock, unusedAfter } = parts
  let isMore = true
  while (isMore && !signal.aborted) {
    const ids = await dynamicClients.listUnused(later(clock.now(), -unusedAfter), page)
    for (const id of ids) {
      if (signal.aborted) return
      await registry.remove(id, 'system').catch(unlessGone)
    }
    isMore = ids.length === page
  }
}

function unlessGone(error: unknown): void {
  if (!(error instanceof Rejection && error.code === 'missing')) throw error
}
