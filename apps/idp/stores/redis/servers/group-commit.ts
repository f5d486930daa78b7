import { Unavailable } from '#core/oauth/error.ts'
import type { Connection } from './open-connection.ts'

/** Milliseconds that one WAIT waits, and how often it is asked: a replica that only syncs its disk is not lost. */
const replicaPatience = 100
const mostWaits = 5

const brokenFirst = 'the connection broke before the replicas had it'

type Waiting = { readonly generation: number; asked: number; resolve(): void; reject(reason: unknown): void }

/** Settles when enough replicas have what was answered on this generation of the connection. */
export type Commit = (generation: number) => Promise<void>

/**
 * One WAIT for all that was answered since the last one. WAIT counts what its own connection wrote, so it goes to the
 * same connection, and never to the one that came after it: there it would count nothing and agree to all. There is one
 * at a time, because it holds up what is behind it.
 */
export function groupCommit(connection: Connection, replicas: number): Commit {
  let waiting: Waiting[] = []
  let isAsking = false

  async function askForAll(): Promise<void> {
    while (waiting.length > 0) {
      const isHere = ({ generation }: Waiting) => generation === connection.generation
      for (const one of waiting) if (!isHere(one)) one.reject(new Unavailable(brokenFirst))
      const group = waiting.filter(isHere)
      waiting = []
      if (group.length > 0) waiting = [...(await acknowledge(group)), ...waiting]
    }
    isAsking = false
  }

  /** Answers those who are to be asked for again. */
  async function acknowledge(group: readonly Waiting[]): Promise<readonly Waiting[]> {
    try {
      const have = await connection.send((redis) => redis.wait(replicas, replicaPatience))
      if (have >= replicas) {
        for (const one of group) one.resolve()
        return []
      }
      for (const one of group) one.asked += 1
      const late = group.filter(({ asked }) => asked >= mostWaits)
      for (const one of late) one.reject(new Unavailable(`${have} of ${replicas} replicas have it`))
      return group.filter(({ asked }) => asked < mostWaits)
    } catch (error) {
      for (const one of group) one.reject(error)
      return []
    }
  }

  return (generation) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    waiting.push({ generation, asked: 0, resolve, reject })
    // All that arrived with one piece of the connection's input has its callbacks before this runs.
    if (!isAsking) setImmediate(() => void askForAll())
    isAsking = true
    return promise
  }
}
