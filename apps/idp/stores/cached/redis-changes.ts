import type { RedisServers } from '../redis/servers/redis-servers.ts'
import { type Changes, readChange, writeChange } from './changes.ts'
import { type SendAgain, sendAgain } from './send-again.ts'

/**
 * Changes as messages on one channel of Redis, `<prefix>:changes`. A message that could not be sent is sent again, by
 * this process, while any machine can have a record from before it: `again` says how often and how long.
 */
export function redisChanges(
  servers: Pick<RedisServers, 'publish' | 'subscribe' | 'isListening'>,
  prefix: string,
  again?: Partial<SendAgain>,
): Changes {
  const channel = `${prefix}:changes`
  const send = sendAgain((message) => servers.publish(channel, message), again)
  return {
    publish: (change) => send(writeChange(change)),
    listen({ changed, gap }) {
      servers.subscribe(channel, {
        hear(message) {
          const change = readChange(message)
          if (change) changed(change)
        },
        gap,
      })
    },
    isListening: () => servers.isListening(),
  }
}
