import type { AuditEvent, AuditStore } from '#core/audit/audit-event.ts'
import { compareTexts } from '../ordering.ts'

/** The audit trail in memory. */
export function memoryAudit(): AuditStore & { purge(before: Date): void } {
  const trail = new Map<string, AuditEvent>()
  return {
    async put(events) {
      for (const event of events) if (!trail.has(event.id)) trail.set(event.id, event)
    },
    purge(before) {
      for (const event of trail.values()) if (event.at < before) trail.delete(event.id)
    },
    list: async ({ userId, clientId, since, after, most }) =>
      [...trail.values()]
        .filter((event) => userId === undefined || event.userId === userId)
        .filter((event) => clientId === undefined || event.clientId === clientId)
        .filter((event) => since === undefined || event.at >= since)
        .filter((event) => after === undefined || event.id > after)
        .sort((one, other) => compareTexts(one.id, other.id))
        .slice(0, most),
  }
}
