import { Agent, type IncomingMessage, request } from 'node:http'

/** What came of a request on a connection that is used again and again. */
export type Exchange = {
  /** Milliseconds, by `performance.now()`, when its last byte was handed to the connection. */
  readonly sentAt: number
  readonly endedAt: number
  /** Undefined where the connection broke before the answer was whole. */
  readonly status: number | undefined
  /** Some of the answer came, but not all of it. */
  readonly isTorn: boolean
  readonly isToldToClose: boolean
  readonly text: string
  readonly what: string
  /** The status is the one that an honest request has. */
  readonly isExpected: boolean
}

export type Asked = {
  readonly what: string
  readonly path: string
  /** The status of an honest answer. */
  readonly expected: number
  readonly headers?: { readonly [name: string]: string }
  readonly form?: { readonly [name: string]: string }
}

/** A connection of its own that is kept alive as long as the server wants; never retries by itself. */
export function aConnection(issuer: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const url = new URL(issuer)
  return {
    close: () => agent.destroy(),
    send({ what, path, expected, headers = {}, form }: Asked): Promise<Exchange> {
      const body = form && new URLSearchParams(form).toString()
      const { promise, resolve } = Promise.withResolvers<Exchange>()
      let sentAt = performance.now()
      const end = (answer: Partial<Exchange>) => {
        const nothing = { status: undefined, isTorn: false, isToldToClose: false, text: '' }
        const isExpected = answer.status === expected
        resolve({ ...nothing, what, sentAt, endedAt: performance.now(), isExpected, ...answer })
      }
      const type = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }
      const options = { agent, host: '127.0.0.1', port: url.port, path, method: body === undefined ? 'GET' : 'POST' }
      const sending = request({ ...options, headers: { host: url.host, ...type, ...headers } }, (answer) =>
        read(answer, end),
      )
      sending.on('error', () => end({}))
      sending.on('finish', () => {
        sentAt = performance.now()
      })
      sending.end(body)
      return promise
    },
  }
}

function read(answer: IncomingMessage, end: (answer: Partial<Exchange>) => void): void {
  let text = ''
  answer.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const isToldToClose = answer.headers.connection === 'close'
  answer.on('end', () => end({ status: answer.statusCode, isToldToClose, text }))
  answer.on('error', () => end({ isTorn: true, isToldToClose, text }))
}
