import { setImmediate as turn } from 'node:timers/promises'
import type { RedisServers } from '#stores/redis/servers/redis-servers.ts'
import { count, keysOf, look } from './scripts.ts'

/** What scripts that ran all the time came to. */
export type LoadReport = {
  readonly ran: number
  /** What those that failed said, in the order of time. */
  readonly failures: readonly string[]
  /** Whether every record was counted as often as it was answered (or less, where answers may be lost), and what is in doubt. */
  isExact(options?: { readonly mayLose?: boolean }): Promise<boolean>
}

export type ScriptLoad = {
  /** Whether every bucket has answered since the last failure. */
  isHealed(): boolean
  stop(): Promise<LoadReport>
}

/** Runs scripts on records of all buckets, `width` at a time, until it is stopped. */
export function scriptLoad(servers: RedisServers, width: number): ScriptLoad {
  const records = Array.from({ length: 256 }, (_, bucket) => keysOf('load', bucket))
  const answered = records.map(() => 0)
  const inDoubt = records.map(() => 0)
  const failures: string[] = []
  let [ran, runs] = [0, 0]
  let isStopped = false
  let sinceFailure = 0

  async function runOne(bucket: number): Promise<void> {
    try {
      await servers.run(bucket, count, records[bucket] ?? [], [])
      answered[bucket] = (answered[bucket] ?? 0) + 1
      ran += 1
      sinceFailure += 1
    } catch (error) {
      inDoubt[bucket] = (inDoubt[bucket] ?? 0) + 1
      failures.push(error instanceof Error ? `${error.name}: ${error.message}, ${String(error.cause)}` : 'unknown')
      sinceFailure = 0
    }
  }
  async function worker(): Promise<void> {
    while (!isStopped) {
      await runOne(runs++ % 256)
      await turn()
    }
  }
  const workers = Promise.all(Array.from({ length: width }, worker))

  async function isExact({ mayLose = false }: { readonly mayLose?: boolean } = {}): Promise<boolean> {
    const counts = await Promise.all(records.map((keys, bucket) => servers.run(bucket, look, keys, [])))
    return counts.every((text, bucket) => {
      const more = Number(text) - (answered[bucket] ?? 0)
      return (more >= 0 || mayLose) && more <= (inDoubt[bucket] ?? 0)
    })
  }
  return {
    isHealed: () => sinceFailure > 300,
    async stop() {
      isStopped = true
      await workers
      return { ran, failures, isExact }
    },
  }
}
