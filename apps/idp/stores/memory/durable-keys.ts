import type { KeyMemory } from '#core/keys/key-memory.ts'
import type { KeyStore, StoredRing } from '#core/keys/stored-ring.ts'
import { compareTexts } from '../ordering.ts'

/** A key ring in memory. */
export function memoryKeys(): KeyStore {
  let ring: StoredRing | undefined
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

/** Which keys there ever were, in memory. */
export function memoryKeyMemory(): KeyMemory {
  const known = new Set<string>()
  return {
    list: async () => [...known].sort(compareTexts),
    async put(kids) {
      for (const kid of kids) known.add(kid)
    },
  }
}
