import { setTimeout as wait } from 'node:timers/promises'
import { Unavailable } from '#core/oauth/error.ts'
import type { RevocationStore } from '#core/tokens/revocation-store.ts'

/** Milliseconds that whoever would take the version from before waits for the one in force. */
const patience = 300

/**
 * Marks whose `everything` version is known from before while the store cannot answer, for whoever asks for no better: a
 * client can be given a token for itself meanwhile. A version that is too old errs on the safe side, since the token that
 * copies it has ended already; a sign-in that copied it would be dead on arrival, and nobody would know why.
 */
export function rememberedEverything(revocations: RevocationStore): RevocationStore {
  let known: number | undefined

  async function read(): Promise<number> {
    const version = await revocations.everything()
    known = version
    return version
  }

  return {
    add: (mark) => revocations.add(mark),
    has: (token) => revocations.has(token),
    async everything(freshness) {
      const reading = read()
      if (known === undefined || freshness !== 'remembered') return reading
      const before = known
      const instead = (error: unknown) => {
        if (error instanceof Unavailable) return before
        throw error
      }
      return Promise.race([reading.catch(instead), wait(patience, before, { ref: false })])
    },
  }
}
