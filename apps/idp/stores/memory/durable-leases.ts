import type { LeaseStore } from '../lease-store.ts'

/** Leases in memory. */
export function memoryLeases(): LeaseStore {
  const leases = new Map<string, { readonly holder: string; readonly until: Date }>()
  return {
    async claim(name, holder, { now, until }) {
      const held = leases.get(name)
      if (held && held.holder !== holder && held.until > now) return false
      leases.set(name, { holder, until })
      return true
    },
    async end(name, holder) {
      if (leases.get(name)?.holder === holder) leases.delete(name)
    },
  }
}
