import type { FastifyInstance } from 'fastify'
import { assets } from '#pages/assets.ts'
import { homePage } from '#pages/home-page.ts'
import { csrfToken } from '../http/csrf.ts'
import type { BrowserParts } from './parts.ts'
import { sendPage } from './send-page.ts'
import { knowBrowser } from './visit.ts'

/** `/`: whose pages these are, and who is signed in. */
export function homeRoute(app: FastifyInstance, parts: BrowserParts): void {
  const base = parts.site.basePath ?? ''
  app.get('/', async (http, reply) => {
    const live = await parts.sessions.find(parts.cookies.session.read(http))
    const session = live && {
      account: { username: live.user.username, email: live.user.email },
      action: `${base}/logout/confirm`,
      csrf: csrfToken(knowBrowser(parts, http, reply), 'logout', live.session.id),
    }
    return sendPage(
      reply,
      homePage({ site: parts.site, discovery: `${base}/.well-known/openid-configuration`, session }),
    )
  })
}

/** The pages' own files. Their names carry their content's hash, so they may be kept for ever. */
export function assetRoutes(app: FastifyInstance): void {
  for (const [path, { body, type }] of assets) {
    app.get(path, async (_http, reply) => {
      return reply.type(type).header('cache-control', 'public, max-age=31536000, immutable').send(body)
    })
  }
}
