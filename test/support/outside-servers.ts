import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttp, type RequestListener } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Somebody else's server on this machine, and how often it was visited. */
export type OutsideServer = {
  readonly port: number
  readonly connections: () => number
  /** Requests as they came: method, path and headers. */
  readonly requests: readonly { readonly method: string; readonly url: string; readonly headers: Headers }[]
  close(): Promise<void>
}

type Watched = { readonly server: Server; readonly requests?: OutsideServer['requests'] }

/** A server that speaks HTTP; with a certificate, https. */
export async function anOutsideServer(answer: RequestListener, tls?: Certificate): Promise<OutsideServer> {
  const requests: OutsideServer['requests'][number][] = []
  const listener: RequestListener = (request, response) => {
    const headers = new Headers(Object.entries(request.headers).map(([name, value]) => [name, String(value)]))
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers })
    answer(request, response)
  }
  const server = tls ? createHttps({ cert: tls.cert, key: tls.key, ...tls.options }, listener) : createHttp(listener)
  return listening({ server, requests })
}

/** A server that speaks what it likes. */
export async function aRawServer(serve: (socket: Socket) => void, host = '127.0.0.1'): Promise<OutsideServer> {
  return listening({ server: createServer(serve) }, host)
}

async function listening({ server, requests = [] }: Watched, host = '127.0.0.1'): Promise<OutsideServer> {
  let connections = 0
  const open = new Set<Socket>()
  server.on('connection', (socket) => {
    connections++
    open.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => open.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    requests,
    async close() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A certificate for a name, and its key; it is its own authority. */
export type Certificate = {
  readonly cert: string
  readonly key: string
  readonly options?: {
    readonly maxVersion?: 'TLSv1.1' | 'TLSv1.2'
    readonly minVersion?: 'TLSv1'
    readonly ciphers?: string
  }
}

/** Makes a certificate for names and addresses as OpenSSL writes them: `DNS:rp.test`, `IP:127.0.0.1`. */
export function aCertificate(...names: readonly string[]): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'signet-tls-'))
  try {
    const file = (name: string) => join(folder, name)
    const made = [
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=x',
    ]
    const out = ['-keyout', file('key'), '-out', file('cert'), '-addext', `subjectAltName=${names.join(',')}`]
    execFileSync('openssl', ['req', ...made, ...out], { stdio: 'ignore' })
    return { cert: readFileSync(file('cert'), 'utf8'), key: readFileSync(file('key'), 'utf8') }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Dials the server on this machine, whatever address was judged; keeps the addresses in mind. */
export function diverted(to: { readonly port: number }): {
  readonly dialled: string[]
  readonly dial: (address: string, port: number) => Socket
} {
  const dialled: string[] = []
  const dial = (address: string, port: number) => {
    dialled.push(`${address}:${port}`)
    return connect({ host: '127.0.0.1', port: to.port })
  }
  return { dialled, dial }
}
