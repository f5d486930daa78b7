import type { InitialToken, InitialTokenStore } from '#core/registration/initial-token.ts'

/** Initial access tokens in memory, and what their purge takes. */
export function memoryInitialTokens(): InitialTokenStore & { purge(before: Date): void } {
  const tokens = new Map<string, InitialToken>()
  return {
    async begin(token) {
      tokens.set(token.id, token)
    },
    find: async (hash) => [...tokens.values()].find((token) => token.hash === hash),
    findById: async (id) => tokens.get(id),
    list: async () => [...tokens.values()].sort((one, other) => other.createdAt.getTime() - one.createdAt.getTime()),
    async claim(id, now) {
      const token = tokens.get(id)
      if (!token || token.uses < 1 || token.expiresAt <= now) return 'refused'
      tokens.set(id, { ...token, uses: token.uses - 1 })
      return 'claimed'
    },
    revoke: async (id) => tokens.delete(id),
    purge(before) {
      for (const { id, expiresAt } of tokens.values()) if (expiresAt < before) tokens.delete(id)
    },
  }
}
