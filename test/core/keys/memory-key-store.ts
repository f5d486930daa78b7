import type { KeyMemory } from '#core/keys/key-memory.ts'
import type { KeyStore, StoredRing } from '#core/keys/stored-ring.ts'

/** The contract in its shortest form. */
export function memoryKeyStore(kept?: StoredRing): KeyStore {
  let ring = kept
  return {
    read: async () => ring,
    version: async () => ring?.version,
    async put(next, seen) {
      if (ring?.version !== seen) return 'conflict'
      ring = next
      return 'stored'
    },
  }
}

export function memoryKeyMemory(known: readonly string[] = []): KeyMemory {
  const kids = new Set(known)
  return {
    list: async () => [...kids],
    async put(more) {
      for (const kid of more) kids.add(kid)
    },
  }
}
