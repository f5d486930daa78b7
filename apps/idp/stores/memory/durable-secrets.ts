import type { SecretStore } from '#core/users/subject-salt.ts'

/** Sealed secrets in memory. */
export function memorySecrets(): SecretStore {
  const secrets = new Map<string, string>()
  return {
    find: async (name) => secrets.get(name),
    async begin(name, sealed) {
      if (secrets.has(name)) return 'taken'
      secrets.set(name, sealed)
      return 'begun'
    },
    async put(name, sealed, seen) {
      if (secrets.get(name) !== seen) return 'conflict'
      secrets.set(name, sealed)
      return 'stored'
    },
  }
}
