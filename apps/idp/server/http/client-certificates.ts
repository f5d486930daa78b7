import { X509Certificate } from 'node:crypto'
import { BlockList, isIP } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { TlsConfig } from '#config/config.ts'
import type { ClientCertificate } from '#core/clients/client-certificate.ts'

/** Where certificates of clients come from. */
export type CertificateSources = {
  /** Whether a listener of ours asks for them. */
  readonly asksClients: boolean
  /** The proxies that are believed, and the headers in which they say what a client showed them. */
  readonly listen: {
    readonly trustProxy: readonly string[]
    readonly tls: Pick<TlsConfig, 'clientUrl' | 'proxyCertificateHeader' | 'proxyVerifiedHeader'>
  }
}

const certificates = new WeakMap<FastifyRequest, ClientCertificate>()

/** The certificate that the client of a request proved to have the key of; undefined where there is none. */
export function clientCertificateOf(request: FastifyRequest): ClientCertificate | undefined {
  return certificates.get(request)
}

/**
 * Finds the certificate of each request's client: in the connection, or in the header of a listed proxy that is at the
 * other end of it. Where a proxy hands certificates over, its own connection says nothing of the client; from anybody
 * else the headers are as if they were not there (RFC 9440 §4, RFC 9700 §4.13). So are they at another host than the one
 * for clients, where that is set: the proxy may pass on there whatever a browser sends.
 */
export function noteClientCertificates(app: FastifyInstance, sources: CertificateSources): void {
  const { asksClients, listen } = sources
  const { proxyCertificateHeader: header, proxyVerifiedHeader: verified } = listen.tls
  if (!asksClients && header === undefined) return
  const proxies = listOf(listen.trustProxy)
  const clientHost = URL.parse(listen.tls.clientUrl ?? '')?.host
  app.addHook('onRequest', (request, _reply, done) => {
    const { socket, headers, headersDistinct } = request.raw
    const isProxy = header !== undefined && holds(proxies, socket.remoteAddress)
    const isThere = clientHost === undefined || headers.host?.toLowerCase() === clientHost
    const said = isProxy && isThere ? handedOver(headersDistinct, header, verified) : undefined
    const found = isProxy ? said : shown(socket)
    if (found) certificates.set(request, found)
    done()
  })
}

/** What came with the connection itself: the library verified its chain up to the authorities of clients. */
function shown(socket: object): ClientCertificate | undefined {
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
  return certificate && { certificate, isTrusted: socket instanceof TLSSocket && socket.authorized }
}

type Headers = FastifyRequest['raw']['headersDistinct']

/** What the proxy says: one certificate in one header, and of its chain only the very word of success. */
function handedOver(headers: Headers, header: string, verified: string | undefined): ClientCertificate | undefined {
  const [value = '', ...others] = headers[header] ?? []
  const certificate = others.length === 0 ? readCertificate(value) : undefined
  const said = verified === undefined ? [] : (headers[verified] ?? [])
  return certificate && { certificate, isTrusted: said.length === 1 && said[0] === 'SUCCESS' }
}

/** RFC 9440 §2.2: DER as a byte sequence of RFC 8941; or PEM, encoded for a URL. Undefined for anything else. */
function readCertificate(value: string): X509Certificate | undefined {
  const der = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(value)?.[1]
  try {
    if (der !== undefined) return new X509Certificate(Buffer.from(der, 'base64'))
    const pem = decodeURIComponent(value).trim()
    return /^-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----$/.test(pem)
      ? new X509Certificate(pem)
      : undefined
  } catch {
    return undefined
  }
}

function listOf(proxies: readonly string[]): BlockList {
  const list = new BlockList()
  for (const proxy of proxies) {
    const [address = '', length] = proxy.split('/')
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
    if (length === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(length), family)
  }
  return list
}

function holds(list: BlockList, address: string | undefined): boolean {
  const version = isIP(address ?? '')
  return address !== undefined && version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6')
}
