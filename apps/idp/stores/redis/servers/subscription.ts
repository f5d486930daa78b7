import { setTimeout as wait } from 'node:timers/promises'
import type { Redis } from 'ioredis'

/** Milliseconds between two signs of life: messages on a dead connection are missed in silence. */
const beat = 1000

export type Listeners = { hear(message: string): void; gap(): void }

/** What is heard on channels, over a connection of its own that connects again for ever. */
export type Subscription = {
  subscribe(channel: string, listeners: Listeners): void
  /** Whether it has been alive without a gap since the last call of `gap`. */
  isListening(): boolean
  /** Listens anew where what it listens to was not dialled at this `host:port`. */
  leaveUnlessAt(address: string): void
  close(): void
}

/** Connects with what `dial` makes (another server at every attempt, where there are several), once somebody listens. */
export function subscription(dial: () => Promise<Redis>): Subscription {
  const channels = new Map<string, Listeners[]>()
  const closing = new AbortController()
  let redis: Redis | undefined
  let isListening = false
  let hasBegun = false

  function gaps(): void {
    for (const one of [...channels.values()].flat()) one.gap()
  }

  async function listenOnce(): Promise<void> {
    const connection = await dial().catch(() => undefined)
    if (!connection || closing.signal.aborted) return
    redis = connection
    connection.on('error', () => {})
    connection.on('message', (channel: string, message: string) => {
      for (const one of channels.get(channel) ?? []) one.hear(message)
    })
    try {
      await connection.connect()
      await connection.subscribe(...channels.keys())
      isListening = true
      gaps()
      await untilSilent(connection, closing.signal)
    } catch {
      // Whatever it was, the next attempt is the answer to it.
    } finally {
      connection.disconnect()
    }
  }

  async function listen(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted; failures++) {
      await listenOnce()
      if (isListening) failures = 0
      const wasListening = isListening
      isListening = false
      if (wasListening && !closing.signal.aborted) gaps()
      await wait(Math.min(25 * failures, 500), undefined, { signal: closing.signal }).catch(() => {})
    }
  }

  return {
    subscribe(channel, listeners) {
      channels.set(channel, [...(channels.get(channel) ?? []), listeners])
      if (!hasBegun) void listen()
      hasBegun = true
      if (!isListening) return
      const current = redis
      current?.subscribe(channel).then(
        () => listeners.gap(),
        () => current.disconnect(),
      )
    },
    isListening: () => isListening,
    leaveUnlessAt(address) {
      if (redis && `${redis.options.host}:${redis.options.port}` !== address) redis.disconnect()
    },
    close() {
      isListening = false
      closing.abort()
      redis?.disconnect()
    },
  }
}

/** Ends with an error when the connection is closed or does not answer any more. */
async function untilSilent(connection: Redis, signal: AbortSignal): Promise<void> {
  const closed = new Promise<never>((_, reject) => {
    connection.once('end', () => reject(new Error('closed')))
  })
  closed.catch(() => {})
  for (;;) {
    await Promise.race([closed, wait(beat, undefined, { signal })])
    await connection.ping()
  }
}
