import type { Logger } from 'pino'
import type { Clock } from '#core/clock.ts'
import { type Deliver, type Delivery, nextAttempt } from '#core/logout/deliver.ts'
import type { LogoutNotice, NoticeStore } from '#core/logout/notice-store.ts'
import { type Bell, openBell } from './bell.ts'
import type { LeasedWork } from './lease-keeper.ts'
import { openPace, type PaceLimits } from './logout-pace.ts'

export type LogoutSenderParts = {
  readonly notices: Pick<NoticeStore, 'listDue' | 'claim'>
  readonly deliver: Deliver
  readonly clock: Clock
  readonly logger: Logger
  /** A number from 0 to 1, another each time: how far beyond its pause a notice is put off. */
  readonly chance: () => number
  /** Counts what became of each attempt. */
  readonly sent?: (outcome: Delivery['outcome']) => void
}

export type LogoutSender = {
  readonly work: LeasedWork
  /** Rung where there is something to send. */
  readonly bell: Bell
  /** Settles when nothing is under way. */
  idle(): Promise<void>
}

/** Those of the server: so many slow apps, half of `atOnce`, hold up nobody else. */
export const sendingLimits: PaceLimits = { atOnce: 64, perClient: 2 }

/**
 * Sends the notices of the outbox. A round begins what is due and has room, and does not wait for it: every attempt that
 * ends rings for the next round. Right where two processes do it: a notice is claimed before it is sent.
 */
export function logoutSender(parts: LogoutSenderParts): LogoutSender {
  const { notices, deliver, clock, chance, logger, sent } = parts
  const pace = openPace(sendingLimits, clock)
  const bell = openBell()
  const underWay = new Set<Promise<void>>()

  async function send(notice: LogoutNotice): Promise<void> {
    const end = pace.begin(notice.clientId)
    let isTaken = false
    try {
      const delivery = await deliver(notice)
      isTaken = delivery.outcome === 'delivered' || delivery.outcome === 'refused'
      sent?.(delivery.outcome)
      if (delivery.outcome !== 'delivered') report(logger, notice, delivery)
    } catch (error) {
      logger.error({ err: error, client_id: notice.clientId }, 'a logout notice could not be sent; trying again')
    } finally {
      end(isTaken)
    }
  }

  function begin(notice: LogoutNotice): void {
    const sending = send(notice).finally(() => {
      underWay.delete(sending)
      bell.ring()
    })
    underWay.add(sending)
  }

  async function round(signal: AbortSignal): Promise<void> {
    for (let isMore = true; isMore && pace.room() > 0 && !signal.aborted; ) {
      const due = await notices.listDue(clock.now(), pace.room(), pace.held())
      isMore = due.length > 0
      for (const notice of due) {
        if (signal.aborted || pace.held().includes(notice.clientId)) continue
        if (await notices.claim(notice, nextAttempt(notice, clock.now(), chance()))) begin(notice)
      }
    }
  }

  return {
    work: { name: 'logout', every: 1000, bell, work: round },
    bell,
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
}

function report(logger: Logger, notice: LogoutNotice, { outcome, ...more }: Delivery): void {
  const line = { event: `logout_${outcome}`, client_id: notice.clientId, attempt: notice.attempts + 1, ...more }
  logger.warn(line, 'an app did not take the notice that a session has ended')
}
