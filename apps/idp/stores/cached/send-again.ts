import { rememberedFor } from './record-cache.ts'

/** How a message that could not be sent is sent again. */
export type SendAgain = {
  /** Milliseconds between two rounds. */
  readonly pace: number
  /** Milliseconds after which a message is of no use to anybody. */
  readonly life: number
  /** How many different messages wait; beyond it the oldest is dropped. */
  readonly most: number
}

/** Nobody has a record from before a change for longer than this, nor more of them. */
const enough: SendAgain = { pace: 500, life: rememberedFor, most: 10_000 }

/**
 * Makes a sender that settles after the first attempt, whether it succeeded or not, and goes on by itself where it did
 * not: who could not be told must not go on with what is old for longer than the outage. Messages may come late, twice,
 * and in another order. The same message waits once.
 */
export function sendAgain(
  send: (message: string) => Promise<void>,
  settings: Partial<SendAgain> = {},
): (message: string) => Promise<void> {
  const { pace, life, most } = { ...enough, ...settings }
  const waiting = new Map<string, number>()
  let isRunning = false

  function keep(message: string): void {
    waiting.delete(message)
    waiting.set(message, performance.now())
    const [oldest] = waiting.size > most ? waiting.keys() : []
    if (oldest !== undefined) waiting.delete(oldest)
    if (!isRunning) schedule()
  }

  function schedule(): void {
    isRunning = waiting.size > 0
    if (isRunning) setTimeout(() => void round().finally(schedule), pace).unref()
  }

  /** The first that fails ends the round: the others would, too. */
  async function round(): Promise<void> {
    for (const [message, since] of waiting) {
      const isOver = performance.now() - since >= life
      if (!isOver && !(await isSent(message))) return
      // Where it was put again meanwhile, it is about a later change.
      if (waiting.get(message) === since) waiting.delete(message)
    }
  }

  function isSent(message: string): Promise<boolean> {
    return send(message).then(
      () => true,
      () => false,
    )
  }

  return async (message) => {
    if (!(await isSent(message))) keep(message)
  }
}
