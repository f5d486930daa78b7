import type { ClientStore } from '../clients/client-store.ts'
import { type Clock, later } from '../clock.ts'
import type { SafeFetch } from '../outbound/safe-fetch.ts'
import type { MakeLogoutToken } from './logout-token.ts'
import type { AttemptResult, LogoutNotice, NoticeStore } from './notice-store.ts'

export type DeliverParts = {
  readonly notices: Pick<NoticeStore, 'end'>
  readonly clients: Pick<ClientStore, 'find'>
  readonly clock: Clock
  readonly makeLogoutToken: MakeLogoutToken
  readonly post: SafeFetch['post']
}

/** What became of an attempt: `failed` is tried again, `refused` and `given_up` are not. */
export type Delivery =
  | { readonly outcome: 'delivered' }
  | { readonly outcome: 'failed' | 'refused' | 'given_up'; readonly failure: string }

/** Sends a notice that was claimed; notes and answers what became of it. Rejects where it could not even be tried. */
export type Deliver = (notice: LogoutNotice) => Promise<Delivery>

/** Seconds from an attempt to the next: 5, 10, 20 and so on to an hour. */
const pauses = { first: 5, most: 3600 }

/** Seconds after the end when an app that has not answered is not told any more. */
const patience = 86_400

/**
 * When a notice that is sent now is to be sent again, unless it is delivered: after its pause, and up to a quarter of it
 * more as `chance` has it, from 0 to 1. An app that was away is not asked by all that it missed at the same moment.
 */
export function nextAttempt({ attempts }: Pick<LogoutNotice, 'attempts'>, now: Date, chance: number): Date {
  return later(now, Math.min(pauses.first * 2 ** attempts, pauses.most) * (1 + chance / 4))
}

/**
 * Makes the one that delivers. The token is signed now, with the key of now, for the address that is registered now; what
 * the app answers beyond its status is nobody's business (Back-Channel Logout 1.0 §2.5, §2.8).
 */
export function deliverer({ notices, clients, clock, makeLogoutToken, post }: DeliverParts): Deliver {
  async function attempt(notice: LogoutNotice): Promise<Delivery> {
    const client = await clients.find(notice.clientId)
    const address = client?.enabled ? client.backchannelLogout : undefined
    if (!client || !address)
      return { outcome: 'given_up', failure: 'the client is gone, disabled or not told any more' }
    const made = await makeLogoutToken(client, notice, clock.now()).then(
      (token) => ({ token }),
      (error: unknown) => ({ fault: String(error) }),
    )
    // The client's own fault, most often: it wants its tokens encrypted, and its keys cannot be had.
    if ('fault' in made) return failed(notice, `no logout token could be made: ${made.fault}`)
    const text = new URLSearchParams({ logout_token: made.token }).toString()
    const posted = await post(address.uri, { type: 'application/x-www-form-urlencoded', text })
    if (posted.outcome === 'failed') return failed(notice, `${posted.reason}: ${posted.detail}`)
    if (posted.status === 200 || posted.status === 204) return { outcome: 'delivered' }
    const failure = `status ${posted.status}`
    return posted.status === 400 ? { outcome: 'refused', failure } : failed(notice, failure)
  }

  function failed({ at, attempts }: LogoutNotice, failure: string): Delivery {
    const isLast = nextAttempt({ attempts }, clock.now(), 0) > later(at, patience)
    return { outcome: isLast ? 'given_up' : 'failed', failure }
  }

  return async (notice) => {
    const delivery = await attempt(notice)
    await notices.end(notice, resultOf(delivery, clock.now()))
    return delivery
  }
}

function resultOf(delivery: Delivery, now: Date): AttemptResult {
  if (delivery.outcome === 'delivered') return { deliveredAt: now }
  return { failure: delivery.failure, isFinal: delivery.outcome !== 'failed' }
}
