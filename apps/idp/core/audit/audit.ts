import { randomUUIDv7 } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Origin } from '../oauth/origin.ts'
import { type AuditEvent, type AuditEventName, type AuditStore, auditEvents } from './audit-event.ts'

/** What a caller tells of an event; the rest is filled in. */
export type Happening = {
  readonly outcome?: 'success' | 'failure'
  readonly actor?: string
  readonly userId?: string | undefined
  readonly clientId?: string | undefined
  readonly sessionId?: string | undefined
  readonly familyId?: string | undefined
  readonly origin?: Origin | undefined
  readonly details?: { readonly [name: string]: string | number | boolean }
}

/** The audit trail as the rest of the core sees it. */
export interface Audit {
  /**
   * Notes an event. Events marked `now` are durable when the promise settles; it rejects where they could not be kept.
   * Events marked `behind` settle at once and are written in batches.
   */
  record(event: AuditEventName, happening: Happening): Promise<void>
  /** Writes what is still waiting; called while shutting down. */
  flush(): Promise<void>
}

/** How long events marked `behind` may wait, in milliseconds, and how many may: beyond it the oldest are dropped. */
const flushEvery = 1000
const mostWaiting = 10_000

/** Options of {@link openAudit}. */
export type AuditOptions = {
  readonly store: AuditStore
  readonly clock: Clock
  /** Sees every event once, for metrics and the log. Must not throw. */
  readonly notice?: (event: AuditEvent) => void
  /** Told when a batch could not be written; it is tried again. */
  readonly failed?: (error: unknown) => void
}

/** Opens the trail over a store. */
export function openAudit({ store, clock, notice, failed }: AuditOptions): Audit {
  let waiting: AuditEvent[] = []
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  async function write(): Promise<void> {
    timer = undefined
    const batch = waiting
    if (batch.length === 0) return
    waiting = []
    try {
      await store.put(batch)
    } catch (error) {
      waiting = [...batch, ...waiting].slice(-mostWaiting)
      schedule()
      failed?.(error)
    }
  }

  function schedule(): void {
    timer ??= setTimeout(() => {
      writing = write()
    }, flushEvery)
    timer.unref()
  }

  return {
    async record(event, happening) {
      const line = complete(event, happening, clock.now())
      notice?.(line)
      if (auditEvents[event] === 'now') return store.put([line])
      waiting.push(line)
      if (waiting.length > mostWaiting) waiting.shift()
      schedule()
    },
    async flush() {
      clearTimeout(timer)
      await writing
      await write()
    },
  }
}

function complete(event: AuditEventName, happening: Happening, at: Date): AuditEvent {
  const { origin, userId, clientId } = happening
  return {
    id: randomUUIDv7(),
    at,
    event,
    outcome: happening.outcome ?? 'success',
    actor: happening.actor ?? (userId ? `user:${userId}` : clientId ? `client:${clientId}` : 'system'),
    userId,
    clientId,
    sessionId: happening.sessionId,
    familyId: happening.familyId,
    address: origin?.address,
    agent: origin?.agent,
    requestId: origin?.requestId,
    details: happening.details ?? {},
  }
}
