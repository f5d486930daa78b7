import type { RedisOptions } from 'ioredis'
import { dial } from './dial.ts'
import type { Locate } from './open-connection.ts'
import type { OpeningServers } from './open-redis-servers.ts'
import { type RedisNode, redisNode } from './redis-node.ts'
import type { SentinelTarget } from './redis-options.ts'
import { watchSentinels } from './sentinels.ts'
import { type Subscription, subscription } from './subscription.ts'

/** One server holds all buckets. Returns at once, and connects. */
export function singleServer(options: RedisOptions, replicas: number): OpeningServers {
  const locate = async () => options
  return serversOf(redisNode(locate, replicas), subscriptionAt(locate))
}

/** The primary that sentinels name holds all buckets; where they name another, it is left at once. */
export function watchedServer(target: SentinelTarget, name: string, replicas: number): OpeningServers {
  const sentinels = watchSentinels(target, name, (address) => {
    node.leaveUnlessAt(address)
    heard.leaveUnlessAt(address)
  })
  const node = redisNode(sentinels.locate, replicas)
  const heard = subscriptionAt(sentinels.locate)
  const servers = serversOf(node, heard)
  return {
    ...servers,
    async close() {
      sentinels.close()
      await servers.close()
    },
  }
}

function subscriptionAt(locate: Locate): Subscription {
  return subscription(async () => dial(await locate()))
}

function serversOf(node: RedisNode, heard: Subscription): OpeningServers {
  return {
    run: (_, script, keys, args) => node.run({ script, keys, args }),
    serverOf: () => node.server,
    list: async () => [node],
    time: async () => readTime(await node.send((redis) => redis.time())),
    publish: async (channel, message) => void (await node.send((redis) => redis.publish(channel, message))),
    subscribe: heard.subscribe,
    isListening: heard.isListening,
    firstFailure: node.firstFailure,
    async close() {
      heard.close()
      await node.close()
    },
  }
}

/** What TIME answers: seconds and microseconds. */
export function readTime([seconds, microseconds]: readonly (number | string)[]): Date {
  return new Date(Number(seconds) * 1000 + Number(microseconds) / 1000)
}
