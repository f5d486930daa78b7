import { type AuditEvent, auditEvents } from '#core/audit/audit-event.ts'
import { Unavailable } from '#core/oauth/error.ts'
import type { Stores } from '#stores/stores.ts'

/** How a call fails: before it did anything, or after, as when only the reply is lost. */
export type Failure = 'before' | 'after'

/** One call of a store's verb: `facts.put`. */
export type Call = string

/** Stores that fail on demand. They stand between the server and the real ones. */
export type FaultyStores = {
  readonly tamper: (stores: Stores) => Stores
  /** The calls since the last `watch`, `heal` or `failAt`, in order; those of the key ring and batches of the trail apart. */
  readonly calls: readonly Call[]
  watch(): void
  /** Everything whose call matches fails from now on. */
  fail(matches: (call: Call) => boolean, how?: Failure): void
  /** The call of this number, counted from now, fails, and every one after it. */
  failAt(at: number, how: Failure): void
  /** Runs once, just before the next call of this verb. */
  before(call: Call, what: () => Promise<unknown>): void
  heal(): void
}

/** Makes them; give `tamper` to the server. */
export function faultyStores(): FaultyStores {
  const calls: Call[] = []
  const hooks = new Map<Call, () => Promise<unknown>>()
  let judge: (call: Call, at: number) => Failure | undefined = () => undefined

  async function run(call: Call, given: readonly unknown[], work: () => Promise<unknown>): Promise<unknown> {
    if (!isOfRequests(call, given)) return work()
    const at = calls.length
    calls.push(call)
    const hook = hooks.get(call)
    hooks.delete(call)
    await hook?.()
    const failure = judge(call, at)
    if (failure === 'before') throw new Unavailable(`${call} fails before`)
    const result = await work()
    if (failure === 'after') throw new Unavailable(`${call} fails after`)
    return result
  }

  function wrap(name: string, store: object): object {
    return new Proxy(store, {
      get(target, verb, receiver) {
        const value: unknown = Reflect.get(target, verb, receiver)
        if (typeof value !== 'function') return value
        return (...given: unknown[]) => run(`${name}.${String(verb)}`, given, async () => value.apply(target, given))
      },
    })
  }

  return {
    calls,
    tamper(stores) {
      const wrapped = Object.entries(stores).map(([name, store]) => [
        name,
        typeof store === 'object' ? wrap(name, store) : store,
      ])
      return Object.assign({ ...stores }, Object.fromEntries(wrapped))
    },
    watch: () => void calls.splice(0),
    fail(matches, how = 'before') {
      calls.splice(0)
      judge = (call) => (matches(call) ? how : undefined)
    },
    failAt(from, how) {
      calls.splice(0)
      judge = (_call, at) => (at === from ? how : at > from ? 'before' : undefined)
    },
    before: (call, what) => void hooks.set(call, what),
    heal() {
      calls.splice(0)
      judge = () => undefined
    },
  }
}

/** Timers look at the ring, write the trail's batches and note uses: those calls belong to no request. */
function isOfRequests(call: Call, [first]: readonly unknown[]): boolean {
  if (call === 'audit.put')
    return !(first as readonly AuditEvent[]).every(({ event }) => auditEvents[event] === 'behind')
  return call !== 'facts.noteUses' && !/^(keys|keyMemory|databaseKeys)\./.test(call)
}
