import { setTimeout as wait } from 'node:timers/promises'
import type { RedisOptions } from 'ioredis'
import type { RedisHost } from '#config/redis-url.ts'
import { Unavailable } from '#core/oauth/error.ts'
import { type ClusterNodes, clusterNodes } from './cluster-nodes.ts'
import { ErrorReply, NotSent } from './failures.ts'
import type { OpeningServers } from './open-redis-servers.ts'
import type { Call, RedisNode } from './redis-node.ts'
import { readTime } from './single-server.ts'
import { readRedirection } from './slots.ts'
import { subscription } from './subscription.ts'

/** Milliseconds: how long a slot may be on its way, or a new server be connected to, before scripts are given up. */
const movingPatience = 1500
/** Milliseconds: how long a connection that broke or was refused is waited for. */
const connectingPatience = 300
/** Milliseconds until a script that has been tried again is given up, whatever it waits for. */
const mostPatience = 1900

/** A cluster, with routing of our own: each bucket is one slot, and a table says where it is. */
export function clusterServers(
  seeds: readonly RedisHost[],
  optionsFor: (host: RedisHost) => RedisOptions,
  replicas: number,
): OpeningServers {
  const nodes = clusterNodes({ seeds, optionsFor, replicas })
  const heard = subscription(async () => nodes.dialNext())
  const anyOf = (): RedisNode => {
    const usable = nodes.primaries().filter(({ isUsable }) => isUsable)
    const chosen = usable[Math.floor(Math.random() * usable.length)]
    if (chosen) return chosen
    void nodes.refresh()
    throw new NotSent('Redis is not connected', { cause: new Error(nodes.lastFailure()) })
  }
  void nodes.refresh()
  return {
    run: (bucket, script, keys, args) => route(nodes, bucket, { script, keys, args }),
    serverOf(bucket) {
      const address = nodes.ownerOf(bucket)
      return address === undefined ? undefined : nodes.at(address).server
    },
    async list() {
      if (nodes.primaries().length === 0) anyOf()
      return nodes.primaries()
    },
    time: async () => readTime(await anyOf().send((redis) => redis.time())),
    publish: async (channel, message) => void (await anyOf().send((redis) => redis.publish(channel, message))),
    subscribe: heard.subscribe,
    isListening: heard.isListening,
    firstFailure: (patience) => firstFailure(nodes, patience),
    async close() {
      heard.close()
      await nodes.close()
    },
  }
}

/** Where to try next. */
type Place = { readonly address: string | undefined; readonly asking: boolean }

/** Runs a script where its bucket is. It is run again only after a refusal by which it is certain that it did not run. */
async function route(nodes: ClusterNodes, bucket: number, call: Call): Promise<unknown> {
  const begun = performance.now()
  let place: Place = { address: nodes.ownerOf(bucket), asking: false }
  for (let attempt = 0; ; attempt++) {
    try {
      const running = runAt(nodes, place, call)
      return await (attempt === 0 ? running : within(mostPatience - (performance.now() - begun), running))
    } catch (error) {
      const waited = performance.now() - begun
      if (!mayTryAgain(error, waited)) {
        if (!(error instanceof ErrorReply)) void nodes.refresh()
        throw error
      }
      place = await nextPlace({ nodes, bucket, place, attempt }, error)
    }
  }
}

async function runAt(nodes: ClusterNodes, { address, asking }: Place, call: Call): Promise<unknown> {
  if (address === undefined)
    throw new NotSent('no server is known for a bucket', { cause: new Error(nodes.lastFailure()) })
  return nodes.at(address).run({ ...call, asking })
}

function mayTryAgain(error: unknown, waited: number): error is NotSent | ErrorReply {
  if (error instanceof NotSent) return waited < (error.isEarly ? movingPatience : connectingPatience)
  return (
    error instanceof ErrorReply &&
    error.says('MOVED', 'ASK', 'TRYAGAIN', 'CLUSTERDOWN', 'LOADING') &&
    waited < movingPatience
  )
}

type Try = { readonly nodes: ClusterNodes; readonly bucket: number; readonly place: Place; readonly attempt: number }

async function nextPlace({ nodes, bucket, place, attempt }: Try, error: NotSent | ErrorReply): Promise<Place> {
  const told = error instanceof ErrorReply ? readRedirection(error.text, place.address ?? '') : undefined
  if (told !== undefined && error instanceof ErrorReply) {
    // Two servers that point at each other agree in a moment.
    if (attempt > 3) await wait(20)
    if (error.says('ASK')) return { address: told, asking: true }
    // That is all there is to learn: the whole table is dear while slots are being moved.
    nodes.move(bucket, told)
    return { address: told, asking: false }
  }
  if (!(error instanceof ErrorReply && error.says('TRYAGAIN'))) void nodes.refresh()
  await wait(Math.min(10 + 5 * attempt, 50))
  return { address: nodes.ownerOf(bucket), asking: false }
}

async function within<A>(milliseconds: number, running: Promise<A>): Promise<A> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Unavailable('Redis did not answer')), milliseconds)
  return Promise.race([running, promise]).finally(() => clearTimeout(timer))
}

/** Undefined once every primary can be used. */
async function firstFailure(nodes: ClusterNodes, patience: number): Promise<string | undefined> {
  const deadline = performance.now() + patience
  const left = () => deadline - performance.now()
  while (left() > 0) {
    await Promise.race([nodes.refresh(), wait(left())])
    const primaries = nodes.primaries()
    if (primaries.length > 0) {
      const failures = await Promise.all(primaries.map((node) => node.firstFailure(Math.max(left(), 1))))
      return failures.find((failure) => failure !== undefined)
    }
    if (/\b(WRONGPASS|NOAUTH|NOPERM)\b/.test(nodes.lastFailure())) break
    await wait(50)
  }
  return nodes.lastFailure()
}
