import type { Logger } from 'pino'
import type { Audit } from '#core/audit/audit.ts'
import type { RingChange } from '#core/keys/ring-keeper.ts'

export type KeyNotes = { readonly audit: Audit; readonly logger: Logger }

/** Tells the log of every change of the key ring, and the trail of the keys that this process made. */
export function noteKeys({ audit, logger }: KeyNotes): (change: RingChange) => void {
  return ({ states, made }) => {
    logger.info({ event: 'keys', kids: states.map((key) => key.kid) }, 'the key ring is in use')
    for (const { kid, alg } of states.filter((key) => made.includes(key.kid))) {
      audit
        .record('key.created', { details: { kid, alg } })
        .catch((error) => logger.error({ err: error, kid }, 'a new key is not in the trail'))
    }
  }
}
