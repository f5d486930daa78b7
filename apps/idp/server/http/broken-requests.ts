import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { safeHeaders } from './headers.ts'

/** What Node calls the ways in which a request can be broken before it is one. */
const statusOf: { readonly [code: string]: number } = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

/** What the parser says of a request; `rawPacket` is what it had read when it gave up. */
type ParserError = Error & { readonly code?: string; readonly rawPacket?: unknown }

/** A HEAD is answered without a body however broken it is: the caller waits for none (RFC 9110 §9.3.2). */
function isHead({ rawPacket }: ParserError): boolean {
  return Buffer.isBuffer(rawPacket) && rawPacket.subarray(0, 5).toString('latin1') === 'HEAD '
}

const fault = { error: 'invalid_request', error_description: 'the request could not be read' }

/**
 * The two doors for requests that no hook and no route sees: what the parser could not read, which closes the connection
 * (RFC 9112 §9.6), and what the router could not. Both answer with the headers of every other answer and quote nothing.
 */
export function brokenRequests(site: { isHttps: boolean }) {
  const headers = safeHeaders(site)
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return {
    clientErrorHandler(error: ParserError, socket: Socket): void {
      // What is no word of the parser is of the connection, a failed handshake for instance: nobody could read an answer.
      const isRequest = /^(HPE|ERR_HTTP)_/.test(error.code ?? '')
      if (!isRequest || socket.destroyed || !socket.writable) return void socket.destroy()
      const status = statusOf[error.code ?? ''] ?? 400
      const body = JSON.stringify(fault)
      const head = [
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
        'content-type: application/json; charset=utf-8',
        `content-length: ${Buffer.byteLength(body)}`,
        ...lines,
        'connection: close',
      ]
      socket.end(`${head.join('\r\n')}\r\n\r\n${isHead(error) ? '' : body}`)
    },
    frameworkErrors(_error: Error, _request: FastifyRequest, reply: FastifyReply): void {
      void reply.code(400).headers(headers).send(fault)
    },
  }
}
