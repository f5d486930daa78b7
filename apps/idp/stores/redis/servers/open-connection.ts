import { setTimeout as wait } from 'node:timers/promises'
import type { Redis, RedisOptions } from 'ioredis'
import { dial } from './dial.ts'
import { ErrorReply, failureOf, NotSent, noAnswerYet } from './failures.ts'
import { serverIdentity } from './server-identity.ts'
import { whyNotToTake } from './why-not-to-take.ts'

/** Milliseconds that a server has to answer PING after it did not answer a command in time. */
const silencePatience = 300

/**
 * Where a connection leads, asked anew at each attempt. With `role: 'master'` a server that says to be a replica is not
 * taken. Rejects with the reason where there is nowhere to go.
 */
export type Locate = () => Promise<RedisOptions>

/** One connection, which connects again for ever. */
export type Connection = {
  /** Changes whenever the connection has been lost: what was said on another one is not known on this one. */
  readonly generation: number
  /** Whether commands are sent now. */
  readonly isUsable: boolean
  /** `host:port` of the server that it leads to, or last led to. */
  readonly address: string
  /** Its {@link serverIdentity}; its address where it is not told. */
  readonly server: string
  /** Connects anew, at once: there may be another server to lead to. What is in flight fails. */
  leave(): void
  /** Leaves what it is at, or on the way to, unless that was located at this `host:port`; does not wait to try again. */
  leaveUnlessAt(address: string): void
  /** Sends at once. Throws `NotSent`, `ErrorReply`, `ScriptRefusal`, or `Unavailable` where the fate is unknown. */
  send<A>(command: (redis: Redis) => Promise<A>): Promise<A>
  /** Undefined as soon as it is usable; else why not, at once where waiting does not help, or after `patience` (ms). */
  firstFailure(patience: number): Promise<string | undefined>
  disconnect(): void
}

/**
 * Begins to connect, and returns at once. A server that is too old never becomes usable. One that may not write is left,
 * and so is one that does not answer; `onLeave` is told why.
 */
export function openConnection(locate: Locate, onLeave: (why: 'silent' | 'demoted') => void = () => {}): Connection {
  const first = Promise.withResolvers<string | undefined>()
  let last = noAnswerYet
  let generation = 0
  let isUsable = false
  let doubtedIn = -1
  let usedIn = -1
  let isClosed = false
  let server = ''
  let address = ''
  // What is being tried or used now. Each attempt has a client of its own, so that it can be given up at any point.
  let redis: Redis | undefined
  let attempt = new AbortController()
  let pause = new AbortController()
  let failures = 0

  function fail(message: string, isFinal = /\b(WRONGPASS|NOAUTH|NOPERM)\b/.test(message)): void {
    last = message
    if (isFinal) first.resolve(message)
  }

  async function admit(client: Redis, isToLead: boolean): Promise<void> {
    const info = await client.info().catch(() => '')
    if (client !== redis) return
    const fault = whyNotToTake(info, isToLead)
    if (fault) {
      fail(fault.why, fault.isFinal)
      return fault.isFinal ? undefined : leave()
    }
    address = addressOf(client)
    server = serverIdentity(info) ?? address
    isUsable = true
    usedIn = generation
    first.resolve(undefined)
  }

  /** Connects, and returns when that is lost, or left, or came to nothing; answers whether it was of use. */
  async function connectOnce(signal: AbortSignal): Promise<boolean> {
    const left = new Promise<undefined>((resolve) => {
      signal.addEventListener('abort', () => resolve(undefined), { once: true })
    })
    try {
      const options = await Promise.race([locate(), left])
      if (options && !signal.aborted) await Promise.race([use(dial(options), options.role === 'master'), left])
    } catch (error) {
      fail(error instanceof Error ? error.message : String(error))
    }
    const wasUsable = generation === usedIn
    redis?.disconnect()
    redis = undefined
    isUsable = false
    generation += 1
    return wasUsable
  }

  /** Settles when the connection has ended by itself. */
  async function use(client: Redis, isToLead: boolean): Promise<void> {
    redis = client
    const ended = new Promise<void>((resolve) => client.once('end', () => resolve()))
    client.on('error', (error: Error) => fail(error.message))
    client.on('ready', () => void admit(client, isToLead))
    client.connect().catch(() => {})
    return ended
  }

  async function keepConnected(): Promise<void> {
    while (!isClosed) {
      attempt = new AbortController()
      failures = (await connectOnce(attempt.signal)) ? 1 : failures + 1
      if (isClosed) return
      pause = new AbortController()
      await wait(Math.min(25 * failures, 500), undefined, { signal: pause.signal }).catch(() => {})
    }
  }

  function leave(): void {
    isUsable = false
    attempt.abort()
  }

  function reconsider(failure: Error): void {
    if (mayNotWrite(failure)) {
      leave()
      onLeave('demoted')
    } else if (timedOut(failure) && doubtedIn !== generation) void leaveIfSilent()
  }

  /** It may have been this process that was too busy to read the answers: then they are there now. */
  async function leaveIfSilent(): Promise<void> {
    const doubted = generation
    doubtedIn = doubted
    const silence = wait(silencePatience).then(() => true)
    const answer = redis?.ping().then(
      () => false,
      () => true,
    )
    const isSilent = await Promise.race([answer, silence])
    if (doubted !== generation) return
    doubtedIn = -1
    if (!isSilent) return
    last = 'it did not answer in time'
    leave()
    onLeave('silent')
  }

  void keepConnected()
  return {
    get generation() {
      return generation
    },
    get isUsable() {
      return isUsable
    },
    get address() {
      return address
    },
    get server() {
      return server
    },
    leave,
    leaveUnlessAt(place) {
      if (redis && `${redis.options.host}:${redis.options.port}` === place) return
      failures = 0
      if (redis) leave()
      else pause.abort()
    },
    async send(command) {
      if (!redis || !isUsable) throw new NotSent('Redis is not connected', { cause: new Error(last) })
      const sentAt = generation
      gather(redis.stream)
      try {
        return await command(redis)
      } catch (error) {
        const failure = failureOf(error)
        if (sentAt === generation && isUsable) reconsider(failure)
        throw failure
      }
    },
    async firstFailure(patience) {
      const timer = setTimeout(() => first.resolve(last), patience)
      return first.promise.finally(() => clearTimeout(timer))
    },
    disconnect() {
      isClosed = true
      leave()
      pause.abort()
    },
  }
}

function addressOf({ stream }: Redis): string {
  return `${stream.remoteAddress}:${stream.remotePort}`
}

/**
 * What is sent in one turn leaves in one piece: Redis then answers it after one fsync, where it would make one for each.
 */
function gather(stream: Redis['stream']): void {
  if (stream.writableCorked > 0) return
  stream.cork()
  setImmediate(() => stream.uncork())
}

function mayNotWrite(failure: Error): boolean {
  return failure instanceof ErrorReply && failure.text.includes('READONLY')
}

function timedOut({ cause }: Error): boolean {
  return cause instanceof Error && cause.message === 'Command timed out'
}
