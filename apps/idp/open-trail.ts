import type { Logger } from 'pino'
import { type Audit, openAudit } from '#core/audit/audit.ts'
import type { AuditStore } from '#core/audit/audit-event.ts'
import type { Clock } from '#core/clock.ts'
import { logAudit } from '#server/http/logging.ts'
import type { Metrics } from '#server/management/metrics.ts'

export type TrailParts = {
  readonly stores: { readonly audit: AuditStore }
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Pick<Metrics, 'audit'>
}

/** The one audit trail of a server: whatever is recorded is counted and logged as well. */
export function openTrail({ stores, clock, logger, metrics }: TrailParts): Audit {
  const told = logAudit(logger)
  return openAudit({
    store: stores.audit,
    clock,
    notice(event) {
      metrics.audit(event)
      told(event)
    },
    failed: (error) => logger.error({ err: error }, 'the audit trail could not be written'),
  })
}
