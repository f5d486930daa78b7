import { connect, type Socket } from 'node:net'
import { aStopwatch } from '#test/support/stopwatch.ts'

/** What came back on a socket until the server closed it, or until the patience ran out. */
export type RawAnswer = {
  readonly text: string
  /** The status of each answer, in order. */
  readonly statuses: readonly number[]
  readonly isClosed: boolean
  readonly milliseconds: number
}

/** Sends bytes as they are and reads until the server closes or `patience` milliseconds have passed. */
export async function sendRaw(port: number, bytes: string | Buffer, patience = 1000): Promise<RawAnswer> {
  const socket = await openSocket(port)
  const answer = readToEnd(socket, patience)
  socket.write(bytes)
  return answer
}

/** A connected socket whose errors are of no interest: they show as its close. */
export async function openSocket(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  socket.once('connect', resolve).once('error', reject)
  await promise
  socket.on('error', () => undefined)
  return socket
}

/** Reads until the server closes or `patience` milliseconds have passed; ends the socket. */
export async function readToEnd(socket: Socket, patience: number): Promise<RawAnswer> {
  const watch = aStopwatch()
  const { promise, resolve } = Promise.withResolvers<boolean>()
  let text = ''
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1')
  })
  socket.once('close', () => resolve(true))
  const timer = setTimeout(() => resolve(false), patience)
  const isClosed = await promise
  clearTimeout(timer)
  socket.destroy()
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
  return { text, statuses, isClosed, milliseconds: watch.milliseconds() }
}

/** The headers of a raw answer. */
export function headersOf(text: string): Headers {
  const [head = ''] = text.split('\r\n\r\n')
  const lines = head.split('\r\n').slice(1)
  return new Headers(
    lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
  )
}
