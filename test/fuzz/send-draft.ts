import { Agent, type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import { bodyOf, type Draft, headersOf, targetOf } from './draft.ts'

/** What came of a request. */
export type Outcome = {
  /** Undefined where no answer came. */
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly text: string
  readonly milliseconds: number
  /** Why no answer came, as far as our side knows. */
  readonly trouble: string | undefined
  /** Neither an answer nor a close within the patience. */
  readonly hangs: boolean
}

/** Where the two listeners are. */
export type Doors = { readonly [listener in Draft['listener']]: { readonly host: string; readonly port: number } }

const patience = 4000
/** Milliseconds after which we end our side where the message may never end otherwise. */
const givingUp = 600

/** Headers that decide where a message ends, or what becomes of its connection: a library would not send them crooked. */
const framing = /^(content-length|transfer-encoding|connection|expect|upgrade|host|te|trailer|content-encoding)$/i

/** Sends drafts, on connections that are kept where the draft is well formed and on sockets of their own where it is not. */
export function aSender(doors: Doors) {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  return {
    close: () => agent.destroy(),
    async send(draft: Draft): Promise<Outcome> {
      const start = performance.now()
      const sent = isPlain(draft) ? sendPlain(draft, doors, agent) : undefined
      const answer = await (sent ?? sendBytes(draft, doors))
      return { ...answer, milliseconds: performance.now() - start }
    },
  }
}

type Answer = Omit<Outcome, 'milliseconds'>
const nothing: Answer = { status: undefined, headers: {}, text: '', trouble: undefined, hangs: false }

function isPlain(draft: Draft): boolean {
  return !draft.isRaw && !isMisframed(draft)
}

/** Whether the server may rightly wait for more, or close without a word. */
export function isMisframed(draft: Draft): boolean {
  return (
    draft.method === 'CONNECT' ||
    headersOf(draft).some(({ name, value }) => framing.test(name) || /[\r\n]/.test(name + value))
  )
}

/** By Node's own client; undefined where it refuses to write such a thing. */
function sendPlain(draft: Draft, doors: Doors, agent: Agent): Promise<Answer> | undefined {
  const { host, port } = doors[draft.listener]
  const body = bodyOf(draft)
  const named = headersOf(draft).flatMap(({ name, value }) => [name, value])
  const length = body === undefined ? [] : ['content-length', String(Buffer.byteLength(body))]
  const { promise, resolve } = Promise.withResolvers<Answer>()
  try {
    const headers = ['host', `${host}:${port}`, ...named, ...length]
    const options = {
      agent,
      host: '127.0.0.1',
      port,
      method: draft.method,
      path: targetOf(draft),
      headers,
      timeout: patience,
    }
    const sending = request(options, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      const end = () => resolve({ ...nothing, status: answer.statusCode, headers: answer.headers, text })
      answer.on('end', end).on('error', end)
    })
    sending.on('timeout', () => {
      resolve({ ...nothing, hangs: true })
      sending.destroy()
    })
    sending.on('error', (error) => {
      const connection = sending.reusedSocket ? 'a connection that was used before' : 'a new connection'
      resolve({ ...nothing, trouble: `${connection}: ${error.message}` })
    })
    sending.end(body)
    return promise
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

/** As bytes, whatever they are. Where the message may have no end, a moment later the end of our side. */
async function sendBytes(draft: Draft, doors: Doors): Promise<Answer> {
  const { host, port } = doors[draft.listener]
  const socket = connect({ port, host: '127.0.0.1' })
  const { promise, resolve } = Promise.withResolvers<boolean>()
  let text = ''
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk
  })
  socket.on('error', () => undefined)
  socket.once('close', () => resolve(false)).once('end', () => resolve(false))
  socket.write(bytesOf(draft, `${host}:${port}`))
  const timer = setTimeout(() => resolve(true), patience)
  const ending = isMisframed(draft) ? setTimeout(() => socket.end(), givingUp) : undefined
  const hangs = await promise
  clearTimeout(timer)
  clearTimeout(ending)
  socket.destroy()
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]
  return {
    status: status === undefined ? undefined : Number(status),
    headers: readHeaders(text),
    text,
    trouble: undefined,
    hangs,
  }
}

function bytesOf(draft: Draft, host: string): Buffer {
  const body = bodyOf(draft)
  const headers = headersOf(draft)
  const has = (name: string) => headers.some((header) => header.name.toLowerCase() === name)
  const lines = [`${draft.method} ${targetOf(draft)} HTTP/1.1`]
  if (!has('host')) lines.push(`host: ${host}`)
  for (const { name, value } of headers) lines.push(`${name}: ${value}`)
  if (body !== undefined && !has('content-length') && !has('transfer-encoding'))
    lines.push(`content-length: ${Buffer.byteLength(body)}`)
  if (!has('connection')) lines.push('connection: close')
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`)
}

function readHeaders(text: string): IncomingHttpHeaders {
  const [head = ''] = text.split('\r\n\r\n')
  const lines = head.split('\r\n').slice(1)
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  )
}
