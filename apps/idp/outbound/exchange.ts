import { type IncomingMessage, request } from 'node:http'
import type { Socket } from 'node:net'
import type { OutboundTarget } from '#core/outbound/outbound-uri.ts'
import type { FetchFailure } from '#core/outbound/safe-fetch.ts'

/** What is sent; `body` for a POST. */
export type Outgoing = {
  readonly accept: string
  readonly body?: { readonly type: string; readonly text: string }
}

/** An answer with its body as it came; a body may be cut where nobody wants it. */
export type Incoming = {
  readonly status: number
  readonly type: string
  readonly cacheControl: string
  readonly body: Buffer
}

/** Bytes of a body, and of all headers together. */
const mostBody = 64 * 1024
const mostHeaders = 16 * 1024

export type Exchanged = { readonly outcome: 'answered'; readonly answer: Incoming } | FetchFailure

/** One HTTP/1.1 exchange over a connection, which it closes. The answer's size is bounded; a compressed one is refused. */
export async function exchange(
  socket: Socket,
  target: OutboundTarget,
  outgoing: Outgoing,
  signal: AbortSignal,
): Promise<Exchanged> {
  try {
    const exchanged = await readAnswer(await send(socket, target, outgoing, signal))
    // A body that ends with its connection looks whole when it is we who end it.
    signal.throwIfAborted()
    return exchanged
  } finally {
    socket.destroy()
  }
}

function send(socket: Socket, target: OutboundTarget, { accept, body }: Outgoing, signal: AbortSignal) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    const bytes = body && Buffer.from(body.text)
    const outgoing = request({
      createConnection: () => socket,
      method: body ? 'POST' : 'GET',
      path: target.path,
      setHost: false,
      maxHeaderSize: mostHeaders,
      signal,
      headers: {
        host: target.authority,
        'user-agent': 'Signet',
        accept,
        'accept-encoding': 'identity',
        connection: 'close',
        ...(body && bytes ? { 'content-type': body.type, 'content-length': bytes.length } : {}),
      },
    })
    outgoing.once('response', resolve)
    // Whatever comes after the answer has ended in the answer's own error.
    outgoing.on('error', reject)
    outgoing.on('close', () => reject(new Error('closed without an answer')))
    outgoing.end(bytes)
  })
}

async function readAnswer(response: IncomingMessage): Promise<Exchanged> {
  const { statusCode: status = 0, headers } = response
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding.trim().toLowerCase() !== 'identity') return failed('encoding', `the answer is encoded with ${encoding}`)
  if (Number(headers['content-length'] ?? 0) > mostBody)
    return failed('size', `the answer has more than ${mostBody} bytes`)
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response) {
    chunks.push(chunk)
    length += chunk.length
    if (length > mostBody) return failed('size', `the answer has more than ${mostBody} bytes`)
  }
  if (!response.complete) throw new Error('the answer was cut off')
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  const cacheControl = headers['cache-control'] ?? ''
  return { outcome: 'answered', answer: { status, type, cacheControl, body: Buffer.concat(chunks) } }
}

function failed(reason: FetchFailure['reason'], detail: string): FetchFailure {
  return { outcome: 'failed', reason, detail }
}
