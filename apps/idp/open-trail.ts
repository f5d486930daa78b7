import type { Logger } from 'pino'
import { type Audit, openAudit } from '#core/audit/audit.ts'
import type { AuditStore } from '#core/audit/audit-event.ts'
import { type Clock, later } from '#core/clock.ts'
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
    dropped: tellOfDrops(logger, clock),
  })
}

/** Seconds without a loss after which the next one is news. */
const calm = 60

/** Logs the first of each burst: the lines themselves are in the log already, as every event is. */
function tellOfDrops(logger: Logger, clock: Clock): () => void {
  let calmFrom = new Date(0)
  return () => {
    const now = clock.now()
    if (now >= calmFrom) logger.error('the audit trail loses its oldest lines: too many wait to be written')
    calmFrom = later(now, calm)
  }
}
