import { Unavailable } from '#core/oauth/error.ts'
import type { Call } from './redis-node.ts'
import type { Script } from './redis-servers.ts'

/**
 * Milliseconds that a confirmed write vouches for its server. A server that was cut off from its replicas must not be
 * replaced sooner: sentinels look every second, so their `down-after-milliseconds` is this and a second at least.
 */
const vouched = 500

/** What an answer is believed by, and when its command was sent (ms of `performance.now()`). */
export type Answered = { readonly call: Call; readonly server: string; readonly sentAt: number }

/**
 * Settles where the server that answered was the primary when it was asked: a write of this process, sent half a
 * second before at the earliest, has reached the replicas. Else asks for one. Throws `Unavailable` where none is confirmed.
 */
export type Believe = (answered: Answered) => Promise<void>

/** Runs a proof and waits for the replicas; answers the server where it was written, or nothing where it was not. */
type Prove = (script: Script, call: Call) => Promise<string | undefined>

/** A server may have been replaced and not know it: then it still answers, from a memory that nobody else believes. */
export function primaryProof(prove: Prove): Believe {
  let last = { server: '', at: Number.NEGATIVE_INFINITY }
  let proving: Promise<void> | undefined

  /** One at a time: whoever comes meanwhile is vouched for by the one that is under way. */
  function renew(script: Script, call: Call): Promise<void> {
    const at = performance.now()
    proving ??= prove(script, call)
      .then((server) => {
        if (server !== undefined) last = { server, at }
      })
      .finally(() => {
        proving = undefined
      })
    return proving
  }

  return async ({ call, server, sentAt }) => {
    const { proof, writes } = call.script
    if (!proof) return
    const isVouchedFor = () => last.server === server && last.at >= sentAt - vouched
    if (isVouchedFor()) {
      // Renewed in time, so that hardly anybody waits.
      if (last.at < sentAt - vouched / 2) renew(proof, call).catch(() => {})
      return
    }
    await renew(proof, call).catch((error: unknown) => {
      // What only reads may be asked elsewhere, where the bucket has moved; what wrote has run.
      throw writes ? unconfirmed(error) : error
    })
    if (!isVouchedFor()) throw unconfirmed(undefined)
  }
}

function unconfirmed(cause: unknown): Unavailable {
  return new Unavailable('the replicas do not confirm that this Redis is still the primary', { cause })
}
