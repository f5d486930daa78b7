import { randomUUIDv7 } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { Origin } from '../oauth/origin.ts'
import { type AuditEvent, type AuditEventName, type AuditStore, auditEvents } from './audit-event.ts'
import { openRepetitions } from './repetitions.ts'

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
  /**
   * For what strangers can cause as often as they like: of all events with this key one a minute is kept. Metrics and
   * the log see every one.
   */
  readonly repetitionKey?: string
}

/** The audit trail as the rest of the core sees it. */
export interface Audit {
  /**
   * Notes an event. Events marked `now` are durable when the promise settles; it rejects where they could not be kept.
   * Events marked `behind` settle at once and are written in batches.
   */
  record(event: AuditEventName, happening: Happening): Promise<void>
  /** Settles when everything that waits, or is under way, was written or has failed; called while shutting down. */
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
  /** Told of every event that is lost to the trail, because too many wait. Must not throw. */
  readonly dropped?: (event: AuditEvent) => void
}

/** Opens the trail over a store. */
export function openAudit({ store, clock, notice, failed, dropped }: AuditOptions): Audit {
  const isRepetition = openRepetitions(60)
  let waiting: AuditEvent[] = []
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  /** One batch after the other: whoever waits for the last has waited for all. */
  function write(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    writing = writing.then(writeBatch)
    return writing
  }

  async function writeBatch(): Promise<void> {
    const batch = waiting
    if (batch.length === 0) return
    waiting = []
    try {
      await store.put(batch)
    } catch (error) {
      waiting = [...batch, ...waiting]
      dropOldest()
      schedule()
      failed?.(error)
    }
  }

  function schedule(): void {
    timer ??= setTimeout(write, flushEvery)
    timer.unref()
  }

  function dropOldest(): void {
    if (waiting.length <= mostWaiting) return
    for (const event of waiting.splice(0, waiting.length - mostWaiting)) dropped?.(event)
  }

  return {
    async record(event, happening) {
      const line = complete(event, happening, clock.now())
      notice?.(line)
      const { repetitionKey } = happening
      if (repetitionKey !== undefined && isRepetition(`${event} ${repetitionKey}`, line.at)) return undefined
      if (auditEvents[event] === 'now') return store.put([line])
      waiting.push(line)
      dropOldest()
      schedule()
    },
    flush: write,
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
