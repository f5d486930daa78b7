import { type Clock, later } from '#core/clock.ts'

/** How many notices may be under way, in all and to one client. */
export type PaceLimits = { readonly atOnce: number; readonly perClient: number }

/** Ends an attempt, and tells whether the client took it. */
export type EndAttempt = (isTaken: boolean) => void

/** Which clients may be sent to: see {@link openPace}. */
export type Pace = {
  /** How many more may be under way. */
  room(): number
  /** Clients that are not sent to now. */
  held(): readonly string[]
  begin(clientId: string): EndAttempt
}

type State = { readonly underWay: number; readonly failures: number; readonly restsUntil: Date }

/** Seconds for which a client that did not take a notice is left alone: 2, 4, 8 and so on. */
const rest = { first: 2, most: 300 }

/**
 * Shares the sending fairly: a client has some notices under way at most, one that fails has one at a time and rests in
 * between, so that apps that are down or slow leave the room to the others, however many notices wait for them.
 */
export function openPace({ atOnce, perClient }: PaceLimits, clock: Clock): Pace {
  const states = new Map<string, State>()
  let total = 0

  const change = (clientId: string, parts: (before: State) => Partial<State>) => {
    const before = states.get(clientId) ?? { underWay: 0, failures: 0, restsUntil: new Date(0) }
    const after = { ...before, ...parts(before) }
    if (after.underWay > 0 || after.failures > 0) states.set(clientId, after)
    else states.delete(clientId)
  }
  return {
    room: () => atOnce - total,
    held() {
      const now = clock.now()
      const isHeld = ({ underWay, failures, restsUntil }: State) =>
        underWay >= (failures > 0 ? 1 : perClient) || restsUntil > now
      return [...states].filter(([, state]) => isHeld(state)).map(([clientId]) => clientId)
    },
    begin(clientId) {
      total++
      change(clientId, ({ underWay }) => ({ underWay: underWay + 1 }))
      return (isTaken) => {
        total--
        change(clientId, ({ underWay, failures }) => ({
          underWay: underWay - 1,
          failures: isTaken ? 0 : failures + 1,
          restsUntil: isTaken ? new Date(0) : later(clock.now(), Math.min(rest.first * 2 ** failures, rest.most)),
        }))
      }
    },
  }
}
