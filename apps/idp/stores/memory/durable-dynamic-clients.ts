import type { DynamicClientStore } from '#core/registration/dynamic-client-store.ts'

/** When clients that registered themselves were last used, in memory; `begin` and `end` are for the store of clients. */
export type MemoryDynamicClients = DynamicClientStore & {
  begin(clientId: string, at: Date): void
  end(clientId: string): void
}

/** See {@link DynamicClientStore}. */
export function memoryDynamicClients(): MemoryDynamicClients {
  const uses = new Map<string, Date>()
  return {
    begin: (clientId, at) => void uses.set(clientId, at),
    end: (clientId) => void uses.delete(clientId),
    count: async () => uses.size,
    async noteUse(clientId, at) {
      const before = uses.get(clientId)
      if (before && before < at) uses.set(clientId, at)
    },
    async listUnused(since, most) {
      const unused = [...uses].filter(([, at]) => at < since)
      return unused
        .sort(([, one], [, other]) => one.getTime() - other.getTime())
        .slice(0, most)
        .map(([id]) => id)
    },
  }
}
