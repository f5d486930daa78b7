import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { browserState, sessionState } from '#core/sessions/session-state.ts'
import { sessionCheckPage } from '#pages/session-check-page.ts'
import type { Cookies } from '../http/cookies.ts'
import type { BrowserParts } from './parts.ts'

/**
 * The state that an answer tells its client, and the cookie that the check page compares it with: set wherever it is not
 * there or another one, so that both always tell of the same session.
 */
export function tellSessionState(
  { session, state }: Pick<Cookies, 'session' | 'state'>,
  http: FastifyRequest,
  reply: FastifyReply,
  to: Parameters<typeof sessionState>[0],
): string {
  const now = browserState(session.read(http))
  const known = state.read(http)
  if (now === '' && known !== undefined) state.clear(reply)
  if (now !== '' && known !== now) state.set(reply, now)
  return sessionState(to, now)
}

/** Any page on the web may frame it: it tells nothing but to whoever has a `session_state` for its own origin. */
const policy = "default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors https: http:"

/** `GET /session/check` (Session Management 1.0 §3.3), the one page that may be framed. */
export function sessionCheckRoute(app: FastifyInstance, { site, cookies }: BrowserParts): void {
  const page = sessionCheckPage({ site, cookie: cookies.state.name })
  const onSend = async (_http: FastifyRequest, reply: FastifyReply) => void reply.removeHeader('x-frame-options')
  app.get('/session/check', { onSend }, async (_http, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', policy)
      .header('cache-control', 'public, max-age=3600')
      .send(page),
  )
}
