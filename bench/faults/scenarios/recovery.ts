import { setTimeout as wait } from 'node:timers/promises'
import type { Arena } from '../arena/arena.ts'
import { present } from '../drive/app-requests.ts'
import type { LabFamily } from '../drive/cast.ts'
import { signIn } from '../drive/steps.ts'
import type { Target } from '../drive/transport.ts'
import { until } from '../lab/until.ts'

/** A family of its own for asking whether the machines are back. */
export type Probe = {
  /** Refreshes at every machine until each has answered; resolves with the milliseconds that took. */
  untilBack(within: number): Promise<number>
  /** Refreshes once, at the next machine; whether it was answered 200. */
  refresh(): Promise<boolean>
}

/** Signs somebody in to ask with later. */
export async function openProbe({ stage }: Arena): Promise<Probe> {
  const [person] = stage.people
  // A machine that is busy elsewhere may turn the first one away.
  const family = await until(() => person && signIn(stage, person), {
    within: 20_000,
    what: 'somebody to sign in before anything is broken',
  })
  return {
    refresh: async () => (await refreshAt(family, undefined)) && !family.isInDoubt,
    async untilBack(within) {
      const begun = performance.now()
      for (const machine of stage.machines) {
        while (!(await refreshAt(family, machine))) {
          if (performance.now() - begun > within)
            throw new Error(`machine ${machine.name} is not back after ${within} ms`)
          await wait(25)
        }
      }
      return performance.now() - begun
    },
  }

  async function refreshAt(probe: LabFamily, at: Target | undefined): Promise<boolean> {
    const { entry, json } = await present(stage, probe, probe.tokens.at(-1) ?? '', { at, isRetry: probe.isInDoubt })
    probe.isInDoubt = !entry.done
    if (entry.done && typeof json.refresh_token === 'string' && probe.tokens.at(-1) !== json.refresh_token)
      probe.tokens.push(json.refresh_token)
    // A refusal is an answer, whether it is right is judged by what was seen.
    return entry.status !== undefined && entry.status < 500
  }
}
