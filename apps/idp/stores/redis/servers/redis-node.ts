import { Unavailable } from '#core/oauth/error.ts'
import { ErrorReply, NotSent, turnAway } from './failures.ts'
import { groupCommit } from './group-commit.ts'
import { type Connection, type Locate, openConnection } from './open-connection.ts'
import { primaryProof } from './primary-proof.ts'
import type { RedisServer, Script } from './redis-servers.ts'

/** So many commands may be in flight at one server; beyond them it is better to say no at once. */
const mostInFlight = 4000

/** One run of a script. */
export type Call = {
  readonly script: Script
  readonly keys: readonly string[]
  readonly args: readonly (string | number)[]
  /** Whether the slot is being moved to this server: then it answers only who says ASKING. */
  readonly asking?: boolean
}

/** One server that holds buckets. */
export type RedisNode = RedisServer & {
  readonly isUsable: boolean
  /** Its identity, or its address; undefined before it is connected, and while its connections lead to two servers. */
  readonly server: string | undefined
  run(call: Call): Promise<unknown>
  /** Any other command, bounded like all. */
  send: Connection['send']
  firstFailure: Connection['firstFailure']
  /** Leaves whatever server was not located at this `host:port`, and looks for the right one. */
  leaveUnlessAt(address: string): void
  /** Sends nothing more, lets what was sent be answered, and disconnects. */
  close(): Promise<void>
}

/**
 * Opens a server. Where replicas are asked for, what only reads has a connection of its own: a WAIT holds up everything
 * behind it.
 */
export function redisNode(locate: Locate, replicas: number): RedisNode {
  // What one connection finds out holds for the other, which may be idle: it leaves too, or asks for itself.
  const warn = (other: Connection, why: 'silent' | 'demoted') =>
    why === 'demoted' ? other.leave() : void other.send((redis) => redis.ping()).catch(() => {})
  const writes = openConnection(locate, (why) => warn(reads, why))
  const reads: Connection = replicas > 0 ? openConnection(locate, (why) => warn(writes, why)) : writes
  const commit = groupCommit(writes, replicas)
  const believe = primaryProof(async (script, { keys, asking }) => {
    const { generation, server } = writes
    const answer = await evaluate(writes, { script, keys: keys.slice(-1), args: [], ...(asking && { asking }) })
    await commit(generation)
    return answer === 1 ? server : undefined
  })
  const pending = new Set<Promise<unknown>>()
  let isClosed = false

  async function bounded<A>(begin: () => Promise<A>): Promise<A> {
    if (isClosed) throw new Unavailable('the connection to Redis is being closed')
    if (pending.size >= mostInFlight) turnAway()
    const begun = begin()
    pending.add(begun)
    try {
      return await begun
    } finally {
      pending.delete(begun)
    }
  }

  /** They lead to two servers, or to one that has become another since one of them asked: both ask again. */
  function agree(): void {
    if (!writes.isUsable || !reads.isUsable || writes.server === reads.server) return
    writes.leave()
    reads.leave()
  }

  async function run(call: Call): Promise<unknown> {
    agree()
    const isDurable = call.script.writes && replicas > 0
    const connection = isDurable ? writes : reads
    const { generation, server } = connection
    const sentAt = performance.now()
    const answer = await evaluate(connection, call)
    if (isDurable) await afterwards(commit(generation))
    if (replicas > 0) await believe({ call, server, sentAt })
    return answer
  }

  const send: Connection['send'] = (command) => bounded(() => reads.send(command))
  return {
    get address() {
      return writes.address
    },
    get isUsable() {
      return writes.isUsable && reads.isUsable
    },
    get server() {
      return writes.server === reads.server && writes.server !== '' ? writes.server : undefined
    },
    run: (call) => bounded(() => run(call)),
    send,
    info: () => send((redis) => redis.info()),
    setting: (name) => settingOf(send, name),
    leaveUnlessAt(address) {
      for (const connection of new Set([writes, reads])) connection.leaveUnlessAt(address)
    },
    async firstFailure(patience) {
      const [failure, other] = await Promise.all([writes.firstFailure(patience), reads.firstFailure(patience)])
      return failure ?? other
    },
    async close() {
      isClosed = true
      await Promise.allSettled(pending)
      writes.disconnect()
      reads.disconnect()
    },
  }
}

/** What fails once a script has run must not look as if it had not: whoever routes would run it again. */
async function afterwards(confirmation: Promise<void>): Promise<void> {
  try {
    await confirmation
  } catch (cause) {
    if (!(cause instanceof ErrorReply || cause instanceof NotSent)) throw cause
    throw new Unavailable('Redis did not confirm what it answered', { cause })
  }
}

/** By its digest, and whole where the server does not know it: then it is certain that it did not run. */
async function evaluate(connection: Connection, call: Call): Promise<unknown> {
  const { script, keys, args, asking = false } = call
  const whole = () => connection.send((redis) => redis.eval(script.lua, keys.length, ...keys, ...args))
  // Whole at once, because ASKING is spent by the refusal of an unknown digest.
  if (asking) return (await Promise.all([connection.send((redis) => redis.asking()), whole()]))[1]
  try {
    return await connection.send((redis) => redis.evalsha(script.digest, keys.length, ...keys, ...args))
  } catch (error) {
    if (error instanceof ErrorReply && error.says('NOSCRIPT')) return whole()
    throw error
  }
}

async function settingOf(send: Connection['send'], name: string): Promise<string | undefined> {
  try {
    const answer: unknown = await send((redis) => redis.config('GET', name))
    return Array.isArray(answer) && typeof answer[1] === 'string' ? answer[1] : undefined
  } catch (error) {
    if (error instanceof ErrorReply) return undefined
    throw error
  }
}
