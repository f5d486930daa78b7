export type TurnLimits = {
  /** How many run at once, in all and for one host. */
  readonly atOnce: number
  readonly perHost: number
  /** How many may wait; whoever comes then is turned away. */
  readonly waiting: number
}

/** Ends a turn; further calls do nothing. */
export type EndTurn = () => void

/** Waits for a turn: `full` where too many wait, `late` where the signal came first. */
export type Turns = (host: string, signal: AbortSignal) => Promise<EndTurn | 'full' | 'late'>

type Waiter = { readonly host: string; readonly begin: (end: EndTurn) => void }

/** Bounds how much goes on at once, so that one slow host, or many, hold up neither us nor each other for long. */
export function openTurns({ atOnce, perHost, waiting }: TurnLimits): Turns {
  const running = new Map<string, number>()
  const queue: Waiter[] = []
  let total = 0

  const count = (host: string, change: 1 | -1): void => {
    total += change
    const now = (running.get(host) ?? 0) + change
    if (now > 0) running.set(host, now)
    else running.delete(host)
  }
  const mayRun = ({ host }: Pick<Waiter, 'host'>): boolean => total < atOnce && (running.get(host) ?? 0) < perHost
  const begin = (host: string): EndTurn => {
    count(host, 1)
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      count(host, -1)
      const at = queue.findIndex(mayRun)
      const [next] = at < 0 ? [] : queue.splice(at, 1)
      next?.begin(begin(next.host))
    }
  }

  return async (host, signal) => {
    if (signal.aborted) return 'late'
    if (mayRun({ host })) return begin(host)
    if (queue.length >= waiting) return 'full'
    return new Promise((resolve) => {
      const waiter: Waiter = { host, begin: resolve }
      queue.push(waiter)
      signal.addEventListener('abort', () => {
        const at = queue.indexOf(waiter)
        if (at >= 0) queue.splice(at, 1)
        resolve('late')
      })
    })
  }
}
