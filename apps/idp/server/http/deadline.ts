import type { FastifyInstance, FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify'
import { Overloaded, Unavailable } from '#core/oauth/error.ts'
import { faultOf } from './faults.ts'

/** How much of a request's time is ours, and whether it is over. */
type Watch = {
  /** When the request came, in milliseconds of the monotonic clock. */
  readonly begun: number
  /** Milliseconds that do not count: the caller's own, and work with a bound of its own. */
  uncounted: number
  /** Since when the time has not counted; undefined where it does. */
  pausedAt: number | undefined
  isLate: boolean
}

const watches = new WeakMap<FastifyRequest, Watch>()

export type AnswerLimits = {
  /** Seconds of ours that a request may take. */
  readonly answerWithin: number
  /** Requests under way at once; more are turned away. Those that were answered late are among them until they end. */
  readonly mostUnderWay: number
}

/**
 * Answers every request in time, whatever the stores do: after `answerWithin` seconds with 503 by the error door of its
 * own scope. What the handler comes to afterwards is thrown away; a client that asks again finds what was done. The time
 * in which the caller sends the body does not count, nor does what runs in {@link untimed}. Give it the instance before
 * any hook or route that may wait.
 */
export function answerInTime(app: FastifyInstance, { answerWithin, mostUnderWay }: AnswerLimits): void {
  let underWay = 0
  const timed = new WeakSet<RouteHandlerMethod>()

  app.addHook('onRequest', (request, reply, done) => {
    const watch: Watch = { begun: performance.now(), uncounted: 0, pausedAt: undefined, isLate: false }
    watches.set(request, watch)
    watchOver(watch, request, { reply, milliseconds: answerWithin * 1000 })
    done()
  })
  app.addHook('preParsing', (request, _reply, payload, done) => {
    pause(watches.get(request))
    done(null, payload)
  })
  app.addHook('preValidation', (request, _reply, done) => {
    resume(watches.get(request))
    done()
  })

  app.addHook('onRoute', (route) => {
    const { handler } = route
    // HEAD shares the handler of its GET, which is timed already.
    if (timed.has(handler)) return
    route.handler = async function answer(request, reply) {
      if (underWay >= mostUnderWay) throw new Overloaded('too many requests are under way')
      underWay += 1
      try {
        return await handler.call(this, request, reply)
      } catch (error) {
        if (!watches.get(request)?.isLate) throw error
        logLate(request, error)
        return undefined
      } finally {
        underWay -= 1
      }
    }
    timed.add(route.handler)
  })
}

/** Runs work that has a bound of its own: the time it takes is not counted against the request's. */
export async function untimed<T>(request: FastifyRequest, work: () => Promise<T>): Promise<T> {
  const watch = watches.get(request)
  pause(watch)
  try {
    return await work()
  } finally {
    resume(watch)
  }
}

function pause(watch: Watch | undefined): void {
  if (watch) watch.pausedAt ??= performance.now()
}

function resume(watch: Watch | undefined): void {
  if (watch?.pausedAt === undefined) return
  watch.uncounted += performance.now() - watch.pausedAt
  watch.pausedAt = undefined
}

type Due = { readonly reply: FastifyReply; readonly milliseconds: number }

/** One timer for a request; where time did not count it is set again for the rest. */
function watchOver(watch: Watch, request: FastifyRequest, { reply, milliseconds }: Due): void {
  const { raw } = reply
  const left = () => milliseconds - (performance.now() - watch.begun - watch.uncounted)
  let timer = setTimeout(look, milliseconds)
  raw.once('close', () => clearTimeout(timer))

  function look(): void {
    if (watch.pausedAt !== undefined) timer = setTimeout(look, milliseconds / 4)
    else if (left() > 1) timer = setTimeout(look, Math.ceil(left()))
    // A process that was held up itself reads first what the stores have answered meanwhile.
    else setImmediate(giveUp)
  }

  function giveUp(): void {
    if (reply.sent || raw.headersSent || raw.destroyed) return
    watch.isLate = true
    const send = reply.send.bind(reply)
    // The handler may come to an answer still; by then the caller has one.
    reply.send = (payload?: unknown) => (reply.sent ? reply : send(payload))
    request.log.debug('took too long')
    reply.send(new Unavailable(`not answered within ${milliseconds / 1000} s`))
  }
}

/** A store that failed late has been told of by the answer; anything else is a fault of ours that nobody would see. */
function logLate(request: FastifyRequest, error: unknown): void {
  const line = { err: error }
  if (faultOf(error).status === 500) request.log.error(line, 'failed after its time was over')
  else request.log.debug(line, 'failed after its time was over')
}
