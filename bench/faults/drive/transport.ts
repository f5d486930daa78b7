import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'

/** A machine as the outside reaches it. */
export type Target = { readonly name: string; readonly url: string }

export type Ask = {
  readonly method?: 'GET' | 'POST'
  readonly path: string
  readonly headers?: { readonly [name: string]: string }
  readonly form?: { readonly [name: string]: string } | URLSearchParams
  /** The machine to ask, while it is not avoided; the next in turn unless told. */
  readonly at?: Target | undefined
  /** Hangs up when the answer begins to come: the client never learns what it was. */
  readonly hangUp?: boolean
}

/** What came back, or undefined where no whole answer did; and who was asked. */
export type Heard = {
  readonly machine: string
  readonly answer: { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string } | undefined
}

/** Sends requests over kept connections, to the machines in turn: no stickiness. It never retries what was sent. */
export type Transport = {
  send(ask: Ask): Promise<Heard>
  /** As a balancer that sees that a machine is not ready: nothing new goes there while another one is left. */
  avoid(machine: string, isAvoided: boolean): void
  close(): void
}

/** Milliseconds after which nobody waits for an answer any more. */
const patience = 10_000

/** Opens a transport; requests are addressed to the issuer's name whichever machine they go to. */
export function openTransport(issuer: string, machines: readonly Target[]): Transport {
  const agent = new Agent({ keepAlive: true, maxSockets: 128 })
  const { host } = new URL(issuer)
  const avoided = new Set<string>()
  let turn = 0

  async function send(ask: Ask): Promise<Heard> {
    const inTurn = machines.map((_, at) => machines[(turn + at) % machines.length]).filter((one) => one !== undefined)
    turn++
    const ready = inTurn.filter(({ name }) => !avoided.has(name))
    const directed = ask.at && !avoided.has(ask.at.name) ? [ask.at] : undefined
    const targets = directed ?? (ready.length > 0 ? ready : inTurn)
    for (const { name, url } of targets) {
      const answer = await sendTo(url, ask)
      if (answer !== 'refused') return { machine: name, answer }
    }
    return { machine: targets.at(-1)?.name ?? '', answer: undefined }
  }

  function sendTo(
    url: string,
    { method, path, headers = {}, form, hangUp }: Ask,
  ): Promise<Heard['answer'] | 'refused'> {
    const body = form && (form instanceof URLSearchParams ? form : new URLSearchParams(form)).toString()
    const { promise, resolve } = Promise.withResolvers<Heard['answer'] | 'refused'>()
    const { hostname, port } = new URL(url)
    const type = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
    const verb = method ?? (body === undefined ? 'GET' : 'POST')
    const options = { agent, host: hostname, port, path, method: verb, timeout: patience }
    const sending = request({ ...options, headers: { host, ...type, ...headers } }, (incoming) => {
      if (!hangUp) return read(incoming, resolve)
      incoming.destroy()
      resolve(undefined)
    })
    sending.on('error', (error) => resolve('code' in error && error.code === 'ECONNREFUSED' ? 'refused' : undefined))
    sending.on('timeout', () => sending.destroy())
    sending.end(body)
    return promise
  }

  const avoid = (machine: string, isAvoided: boolean) =>
    void (isAvoided ? avoided.add(machine) : avoided.delete(machine))
  return { send, avoid, close: () => agent.destroy() }
}

function read(incoming: IncomingMessage, resolve: (answer: Heard['answer']) => void): void {
  const pieces: Buffer[] = []
  incoming.on('data', (piece: Buffer) => pieces.push(piece))
  incoming.on('end', () => {
    const whole = { status: incoming.statusCode ?? 0, headers: incoming.headers }
    resolve({ ...whole, text: Buffer.concat(pieces).toString() })
  })
  incoming.on('error', () => resolve(undefined))
  incoming.on('close', () => resolve(undefined))
}
