import type { Consent, ConsentStore } from '#core/authorize/consent.ts'
import { byClient } from '../ordering.ts'

/** Consents in memory; `forget` takes those of a person or a client that is deleted along. */
export function memoryConsents(): ConsentStore & { forget(isGone: (consent: Consent) => boolean): void } {
  const consents = new Map<string, Consent>()
  const keyOf = (userId: string, clientId: string) => JSON.stringify([userId, clientId])
  return {
    find: async (userId, clientId) => consents.get(keyOf(userId, clientId)),
    list: async (userId) => [...consents.values()].filter((consent) => consent.userId === userId).sort(byClient),
    async put(consent) {
      consents.set(keyOf(consent.userId, consent.clientId), consent)
    },
    end: async (userId, clientId) => consents.delete(keyOf(userId, clientId)),
    forget(isGone) {
      for (const [key, consent] of consents) if (isGone(consent)) consents.delete(key)
    },
  }
}
