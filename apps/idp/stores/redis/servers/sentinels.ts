import { setTimeout as wait } from 'node:timers/promises'
import type { Redis, RedisOptions } from 'ioredis'
import type { RedisHost } from '#config/redis-url.ts'
import { dial } from './dial.ts'
import { failureOf } from './failures.ts'
import { primaryOptions, type SentinelTarget, sentinelOptions } from './redis-options.ts'
import { hostOf } from './slots.ts'
import { subscription } from './subscription.ts'

/** The sentinels of one primary. */
export type Sentinels = {
  /** How to connect to the primary that they name now. Rejects with the reason where none is named. */
  locate(): Promise<RedisOptions>
  close(): void
}

/**
 * Listens to every sentinel. `onMove` hears the `host:port` of the primary whenever one of them announces another, and
 * whenever an announcement may have been missed: whoever was cut off together with the old primary is still there.
 */
export function watchSentinels(target: SentinelTarget, name: string, onMove: (address: string) => void): Sentinels {
  const dialTo = (host: RedisHost) => dial(sentinelOptions(target, host, name))
  let announced: string | undefined
  const find = shared(async () => {
    announced = undefined
    const found = await mostNamed(target.hosts.map((host) => namedBy(dialTo(host), target.primary)))
    // What was announced while they were asked is newer than what most of them knew.
    return announced ?? found
  })
  const watches = target.hosts.map((host) => {
    const watch = subscription(async () => dialTo(host))
    watch.subscribe('+switch-master', {
      hear(message) {
        const [primary, , , newHost, newPort] = message.split(' ')
        if (primary !== target.primary) return
        announced = `${newHost}:${newPort}`
        onMove(announced)
      },
      gap: () => void find().then(onMove, () => {}),
    })
    return watch
  })
  return {
    locate: async () => primaryOptions(target, hostOf(await find()), name),
    close() {
      for (const watch of watches) watch.close()
    },
  }
}

/** Whoever asks while an answer is on its way gets that one. */
function shared<A>(ask: () => Promise<A>): () => Promise<A> {
  let asking: Promise<A> | undefined
  return () => {
    asking ??= ask().finally(() => {
      asking = undefined
    })
    return asking
  }
}

/** Milliseconds that the others have to answer once one has. */
const patience = 300

/**
 * The address that more than half of them name, as soon as they have; else, of those who answer hardly later than the
 * first, the one that most name: a sentinel that was cut off still names the primary of before. Rejects where nobody
 * names any.
 */
async function mostNamed(asked: readonly Promise<string>[]): Promise<string> {
  const votes = new Map<string, number>()
  const counted = asked.map(async (one) => {
    const address = await one
    votes.set(address, (votes.get(address) ?? 0) + 1)
  })
  const majority = new Promise<void>((resolve) => {
    const look = () => [...votes.values()].some((count) => count > asked.length / 2) && resolve()
    for (const one of counted) one.then(look, () => {})
  })
  await Promise.any(counted).catch(({ errors }: AggregateError) => {
    throw new Error(`no sentinel names the primary: ${errors.map(({ message }: Error) => message).join('; ')}`)
  })
  await Promise.race([majority, Promise.allSettled(counted), wait(patience, undefined, { ref: false })])
  return [...votes].toSorted(([, one], [, other]) => other - one)[0]?.[0] ?? ''
}

/** Where a sentinel says that the primary is, on a connection that is not kept. Rejects with the reason. */
async function namedBy(sentinel: Redis, primary: string): Promise<string> {
  let last: Error | undefined
  sentinel.on('error', (error: Error) => {
    last = error
  })
  const { host, port } = sentinel.options
  try {
    await sentinel.connect()
    const answer: unknown = await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', primary)
    if (Array.isArray(answer)) return `${answer[0]}:${answer[1]}`
  } catch (error) {
    throw new Error(`${host}:${port}: ${reasonOf(last ?? error)}`)
  } finally {
    sentinel.disconnect()
  }
  throw new Error(`${host}:${port} does not know ${primary}`)
}

/** The message alone: ioredis hangs the arguments of the command, a password among them, on its errors. */
function reasonOf(error: unknown): string {
  const { cause, message } = failureOf(error)
  return cause instanceof Error ? cause.message : message
}
