import type { FastifyReply } from 'fastify'
import { pagePolicy } from '../http/headers.ts'

type PageOptions = {
  readonly status?: number
  readonly leadsTo?: readonly string[]
  readonly frames?: readonly string[]
}

/** Sends a page; `leadsTo` are the URIs that its forms may lead on to, `frames` those that it loads. */
export function sendPage(
  reply: FastifyReply,
  html: string,
  { status = 200, leadsTo = [], frames = [] }: PageOptions = {},
): FastifyReply {
  return reply
    .code(status)
    .type('text/html; charset=utf-8')
    .header('content-security-policy', pagePolicy(leadsTo, frames))
    .send(html)
}
