import { request } from 'node:https'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { expect } from 'vitest'
import { type Authority, anAuthority, type KeyPair, localServer } from './certificates.ts'
import { freePorts } from './free-ports.ts'
import { aServer, type ServerOptions, type TestServer } from './server.ts'

/** A server that speaks https with a certificate of a private authority, and asks clients for theirs on a second port. */
export type SecureServer = TestServer & {
  readonly authority: Authority
  /** The certificate that it shows. */
  readonly own: KeyPair
  /** Whose certificates `tls_client_auth` takes. */
  readonly clientCa: Authority
  readonly clientUrl: string
}

/** Starts it; everything of Node in this process trusts the authority from then on. */
export async function aSecureServer({ flags, ...options }: ServerOptions = {}): Promise<SecureServer> {
  const authority = anAuthority('Authority of the server')
  const clientCa = anAuthority('Authority of clients')
  const own = authority.issue(localServer)
  trust(authority)
  const [port = 0, clientPort = 0] = await freePorts(2)
  const server = await aServer({
    ...options,
    flags: {
      issuer: `https://localhost:${port}`,
      'listen.port': `${port}`,
      'listen.tls.certificate': own.certificate,
      'listen.tls.key': own.key,
      'listen.tls.clientPort': `${clientPort}`,
      'listen.tls.clientCa': clientCa.certificate,
      ...flags,
    },
  })
  return {
    ...server,
    authority,
    own,
    clientCa,
    clientUrl: `https://localhost:${clientPort}`,
    async close() {
      await server.close()
      authority.remove()
      clientCa.remove()
    },
  }
}

const trustedByNode = getCACertificates('default')
let trusted: { readonly file: string | undefined; readonly certificates: readonly string[] } | undefined

/**
 * Has everything of Node in this process trust an authority, as `NODE_EXTRA_CA_CERTS` does from the start. Those of other
 * test files are forgotten: they have the same name and other keys.
 */
export function trust(authority: Authority): void {
  const { testPath: file } = expect.getState()
  const others = trusted?.file === file ? (trusted?.certificates ?? []) : []
  trusted = { file, certificates: [...others, authority.pem.certificate] }
  setDefaultCACertificates([...trustedByNode, ...trusted.certificates])
}

export type Posted = {
  readonly status: number
  readonly headers: { readonly [name: string]: string | string[] | undefined }
  readonly body: { readonly [name: string]: unknown }
}

/** Posts a form on a connection of its own, with a certificate where there is one. */
export function post(
  url: string,
  form: { readonly [name: string]: string },
  { shows, headers = {} }: { readonly shows?: KeyPair; readonly headers?: { readonly [name: string]: string } } = {},
): Promise<Posted> {
  const body = new URLSearchParams(form).toString()
  const type = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': `${body.length}` }
  const identity = shows && { cert: shows.pem.certificate, key: shows.pem.key }
  const { promise, resolve, reject } = Promise.withResolvers<Posted>()
  const options = { method: 'POST', agent: false, headers: { ...type, ...headers }, ...identity }
  const sent = request(url, options, async (response) => {
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) text += chunk
    const { statusCode: status = 0, headers: answered } = response
    resolve({ status, headers: answered, body: text === '' ? {} : JSON.parse(text) })
  })
  sent.once('error', reject)
  sent.end(body)
  return promise
}
