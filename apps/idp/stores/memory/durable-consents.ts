import type { Consent, ConsentStore } from '#core/authorize/consent.ts'
import { byClient } from '../ordering.ts'
import { laterOf } from './table.ts'

/** Consents in memory; `forget` takes those of a person or a client that is deleted along. */
export function memoryConsents(): ConsentStore & { forget(isGone: (consent: Consent) => boolean): void } {
  const consents = new Map<string, Consent>()
  const keyOf = (userId: string, clientId: string) => JSON.stringify([userId, clientId])
  return {
    find: async (userId, clientId) => consents.get(keyOf(userId, clientId)),
    list: async (userId) => [...consents.values()].filter((consent) => consent.userId === userId).sort(byClient),
    async put(consent) {
      const key = keyOf(consent.userId, consent.clientId)
      consents.set(key, both(consents.get(key), consent))
    },
    end: async (userId, clientId) => consents.delete(keyOf(userId, clientId)),
    forget(isGone) {
      for (const [key, consent] of consents) if (isGone(consent)) consents.delete(key)
    },
  }
}

function both(before: Consent | undefined, consent: Consent): Consent {
  if (!before) return consent
  return { ...consent, scopes: before.scopes.union(consent.scopes), givenAt: laterOf(consent.givenAt, before.givenAt) }
}
