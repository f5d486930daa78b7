import { Redis, type RedisOptions } from 'ioredis'

/** Milliseconds for the answer to one command. */
const commandTimeout = 1000

/**
 * Makes a connection that has yet to be begun, and is over when it breaks. On it nothing waits for a broken connection,
 * nothing is sent twice, and nothing is unanswered for longer than a second.
 */
export function dial(options: RedisOptions): Redis {
  return new Redis({
    ...options,
    lazyConnect: true,
    protocol: 2,
    replyMapping: 'legacy',
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    maxLoadingRetryTime: 100,
    commandTimeout,
    connectTimeout: commandTimeout,
    disconnectTimeout: 20,
    disableClientInfo: true,
    retryStrategy: () => null,
  })
}
