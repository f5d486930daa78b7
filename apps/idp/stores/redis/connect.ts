import { Redis } from 'ioredis'
import { Unavailable } from '#core/oauth/error.ts'

/** Milliseconds: for the first connection, and for the answer to one command. */
const patience = 3000
const commandTimeout = 1000

/**
 * Connects, or rejects with the reason and the address (never the password). Afterwards nothing waits for a broken
 * connection and nothing is sent twice: a command that has no answer fails at once, and the caller answers 503.
 */
export async function connect(url: string): Promise<Redis> {
  const address = readAddress(url)
  const redis = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 1,
    commandTimeout,
    connectTimeout: patience,
    retryStrategy: (attempt) => Math.min(25 * attempt, 500),
    // A failed-over primary answers READONLY until its name leads to the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  })
  const failure = await firstFailure(redis)
  if (failure === undefined) return redis
  redis.disconnect()
  throw new Error(`Redis at ${address} cannot be used: ${failure}`)
}

function readAddress(url: string): string {
  const parsed = URL.parse(url)
  if (parsed?.protocol === 'redis:' || parsed?.protocol === 'rediss:') return parsed.host
  throw new Error('the Redis URL must begin with redis:// or rediss://')
}

/** Why it is not ready after some patience; undefined once it is. A refused password is not worth waiting for. */
async function firstFailure(redis: Redis): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>()
  let last = 'no answer'
  // Stays for good: an error that nobody listens to would be printed, whenever the connection breaks.
  redis.on('error', (error: Error) => {
    last = error.message
    if (/^(WRONGPASS|NOAUTH|NOPERM)/.test(last)) resolve(last)
  })
  redis.once('ready', () => resolve(undefined))
  const timer = setTimeout(() => resolve(last), patience)
  redis.connect().catch(() => {})
  try {
    return await promise
  } finally {
    clearTimeout(timer)
  }
}

/**
 * The answer of a command, or `Unavailable`. Only the message of the error goes on: ioredis hangs the arguments of the
 * command on it, and they have no business in a log.
 */
export async function answerOf<A>(command: Promise<A>): Promise<A> {
  try {
    return await command
  } catch (error) {
    const cause = new Error(error instanceof Error ? error.message : 'unknown')
    throw new Unavailable('Redis did not answer', { cause })
  }
}
