import type { FastifyReply } from 'fastify'
import { pagePolicy } from '../http/headers.ts'

/** Sends a page; `leadsTo` are the URIs that its forms may lead on to. */
export function sendPage(
  reply: FastifyReply,
  html: string,
  { status = 200, leadsTo = [] }: { status?: number; leadsTo?: readonly string[] } = {},
): FastifyReply {
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .header('content-security-policy', pagePolicy(leadsTo))
    .send(html)
}
