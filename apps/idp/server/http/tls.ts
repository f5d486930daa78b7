import { constants } from 'node:crypto'
import type { Server as HttpServer, RequestListener } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { FastifyBaseLogger } from 'fastify'
import type { TlsConfig } from '#config/config.ts'
import { readTlsFiles, type TlsFault, type TlsFiles } from '#config/tls-files.ts'

/**
 * What is spoken (RFC 9325 §3.1, §4.2): TLS 1.3, and TLS 1.2 with forward secrecy and authenticated encryption alone; no
 * renegotiation.
 */
const spoken = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
  ].join(':'),
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
} as const

/** A handshake has the time of a request's head; HTTP/1.1 only, and who wants nothing but another protocol is refused. */
const handshake = { handshakeTimeout: 5000, ALPNProtocols: ['http/1.1'] }

/** The certificate of this process, as its listeners have it. */
export type Certificates = {
  /** A listener that has it; one that asks clients for theirs decides nothing by them. */
  listener(handler: RequestListener, options: ListenerOptions): Server
  /** When the certificate that new connections get ends. */
  expires(): Date
  /** Reads the files again, and gives every listener what they hold now; what is wrong is told and not taken. */
  look(): void
  /** Looks no more by itself. */
  close(): void
}

export type ListenerOptions = {
  /** What any HTTP server has: limits of heads and times; a `handshakeTimeout` of its own, too. */
  readonly http: object
  readonly asksClients: boolean
}

export type CertificateParts = {
  readonly tls: TlsConfig
  readonly now: () => Date
  readonly logger: FastifyBaseLogger
}

/** Milliseconds between two looks at the files: whoever renews them need not tell. */
const lookEvery = 10_000

/**
 * Opens the certificate that `listen.tls` names; undefined where it names none. Another certificate is for connections
 * that begin from then on; those that are open stay. Sessions do not outlive it: their tickets are of the former one.
 */
export function openCertificates({ tls, now, logger }: CertificateParts): Certificates | undefined {
  const first = readTlsFiles(tls, now())
  if (!first) return undefined
  let files = 'certificate' in first ? first : refuseToStart(first)
  const listeners = new Map<Server, { readonly asksClients: boolean }>()
  let told = ''

  function look(): void {
    const read = readTlsFiles(tls, now())
    if (read && 'certificate' in read) renew(read)
    else if (read) tell(read)
  }

  function renew(read: TlsFiles): void {
    told = ''
    if (isSame(read, files)) return
    files = read
    for (const [server, { asksClients }] of listeners) server.setSecureContext(contextOf(files, asksClients))
    logger.info({ event: 'certificate_renewed', expires: files.expires }, 'the certificate was renewed')
  }

  /** Once for each state of the files: they may be written one after the other, and are right in a moment. */
  function tell(faults: readonly TlsFault[]): void {
    const what = faults.map(({ setting, fault }) => `${setting}: ${fault}`).join(' ')
    if (what !== told) logger.error({ event: 'certificate_refused', faults }, 'listen.tls: the files before serve on')
    told = what
  }

  const timer = setInterval(look, lookEvery)
  timer.unref()
  return {
    expires: () => files.expires,
    look,
    close: () => clearInterval(timer),
    listener(handler, { http, asksClients }) {
      const asking = { requestCert: asksClients, rejectUnauthorized: false }
      const server = createServer({ ...handshake, ...http, ...asking, ...contextOf(files, asksClients) }, handler)
      listeners.set(server, { asksClients })
      server.once('close', () => listeners.delete(server))
      return server
    },
  }
}

/** The whole of it each time: what a later context does not say is Node's own default again. */
function contextOf({ certificate, key, clientCa }: TlsFiles, asksClients: boolean) {
  // Without authorities of their own no certificate of a client is trusted: the public ones vouch for hosts, not clients.
  return { ...spoken, cert: certificate, key, ...(asksClients && { ca: clientCa ?? [] }) }
}

function isSame(one: TlsFiles, other: TlsFiles): boolean {
  return one.certificate === other.certificate && one.key === other.key && one.clientCa === other.clientCa
}

function refuseToStart(faults: readonly TlsFault[]): never {
  throw new Error(`listen.tls: ${faults.map(({ fault }) => fault).join(' ')}`)
}

/** Whether a server speaks TLS. */
export function isSecure(server: HttpServer): boolean {
  return 'setSecureContext' in server
}
