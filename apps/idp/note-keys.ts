import type { Logger } from 'pino'
import { openAudit } from '#core/audit/audit.ts'
import type { AuditStore } from '#core/audit/audit-event.ts'
import type { Clock } from '#core/clock.ts'
import type { RingChange } from '#core/keys/ring-keeper.ts'

export type KeyNotes = { readonly audit: AuditStore; readonly clock: Clock; readonly logger: Logger }

/** Tells the log of every change of the key ring, and the trail of the keys that this process made. */
export function noteKeys({ audit: store, clock, logger }: KeyNotes): (change: RingChange) => void {
  const audit = openAudit({ store, clock })
  return ({ states, made }) => {
    logger.info({ event: 'keys', kids: states.map((key) => key.kid) }, 'the key ring is in use')
    for (const kid of made) {
      audit
        .record('key.created', { details: { kid } })
        .catch((error) => logger.error({ err: error, kid }, 'a new key is not in the trail'))
    }
  }
}
