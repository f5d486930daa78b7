import { aBalancer, type Balancer } from '#test/support/balancer.ts'
import { type TestClock, testClock } from '#test/support/clock.ts'
import { aServer, type ServerOptions, type TestServer } from '#test/support/server.ts'
import { type World, worldOn } from './world.ts'

/** Two servers over the same stores, behind one address: each request of anybody goes to the other one than the last. */
export type Machines = {
  /** Stays the same over restarts. Its registries stand for the operator's command, run beside the first machine. */
  readonly world: World
  /** The same world, whose applications ask this machine only. Browsers still take turns. */
  at(machine: Machine): World
  server(machine: Machine): TestServer
  /** Ends one gracefully; the other goes on alone. */
  stop(machine: Machine): Promise<void>
  /** Starts it again. Where both had ended: with the world as it was. */
  start(machine: Machine): Promise<void>
  close(): Promise<void>
}

export type Machine = 0 | 1
export const both = [0, 1] as const satisfies readonly Machine[]

export type MachinesOptions = Pick<ServerOptions, 'tamper'> & {
  /** Where Redis and PostgreSQL are, and a folder for the secret that seals the keys. */
  readonly flags: { readonly [setting: string]: string }
  /** One for both, or one for each. */
  readonly clock?: TestClock | ((machine: Machine) => TestClock)
}

/** Starts both, with the key ring in the database, and everybody in their world. */
export async function openMachines(options: MachinesOptions): Promise<Machines> {
  const { flags, tamper, clock = testClock() } = options
  const front = await aBalancer()
  const log: string[] = []
  const shared = { issuer: front.issuer, 'keys.store': 'database', 'listen.trustProxy': '127.0.0.1', ...flags }
  const begin = (machine: Machine) =>
    aServer({
      stores: 'real',
      flags: shared,
      log,
      clock: typeof clock === 'function' ? clock(machine) : clock,
      ...(tamper && { tamper }),
    })
  const running = new Map<Machine, TestServer>()
  const lead = () => front.lead([...running.values()].map(({ port }) => port))
  const server = (machine: Machine) => {
    const found = running.get(machine)
    if (!found) throw new Error(`machine ${machine} is not running`)
    return found
  }
  for (const machine of both) running.set(machine, await begin(machine))
  lead()
  const close = async () => {
    front.close()
    await Promise.all([...running.values()].map((each) => each.close()))
  }
  const known = await worldOn(server(0))
  const world: World = {
    ...known,
    get server() {
      return together(front, server(running.has(0) ? 0 : 1), running)
    },
    close,
  }
  return {
    world,
    at: (machine) => ({ ...world, send: sendTo(known, server(machine).port) }),
    server,
    async stop(machine) {
      const leaving = server(machine)
      running.delete(machine)
      lead()
      await leaving.close()
    },
    async start(machine) {
      running.set(machine, await begin(machine))
      lead()
    },
    close,
  }
}

/** What a test knows as the server: the address of both, and the registries of one. */
function together(front: Balancer, one: TestServer, running: ReadonlyMap<Machine, TestServer>): TestServer {
  const every = async (what: (server: TestServer) => Promise<unknown>) =>
    void (await Promise.all([...running.values()].map(what)))
  return { ...one, port: front.port, flush: () => every((server) => server.flush()) }
}

function sendTo({ send, issuer }: World, port: number): World['send'] {
  return (path, init) => {
    const { pathname, search } = new URL(path, issuer)
    return send(`http://localhost:${port}${pathname}${search}`, init)
  }
}
