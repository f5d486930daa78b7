import type { FastifyInstance } from 'fastify'
import { optional } from '#core/oauth/form.ts'
import type { LiveSession } from '#core/sessions/browser-session.ts'
import { selectAccountPage } from '#pages/select-account-page.ts'
import { checkCsrf, csrfToken } from '../http/csrf.ts'
import { readForm } from '../http/forms.ts'
import type { BrowserParts } from './parts.ts'
import { pageUrl, positionOf, proceed, sendAnswer } from './proceed.ts'
import { sendPage } from './send-page.ts'
import { appOf, openVisit, type Visit } from './visit.ts'

/** The choice of `prompt=select_account`: go on as the one who is signed in, or as somebody else. */
export function selectAccountRoutes(app: FastifyInstance, parts: BrowserParts): void {
  app.get('/select-account', async (http, reply) => {
    const visit = await openVisit(parts, http, reply)
    if (!visit) return reply
    const { step, live } = await positionOf(parts, http, visit)
    if (step.step !== 'select_account' || !live) return proceed(parts, http, reply, visit)
    const { request, client } = visit
    const page = selectAccountPage({
      site: parts.site,
      client: appOf(parts, client, request.redirectUri),
      account: { username: live.user.username, email: live.user.email },
      action: pageUrl(parts, '/select-account', request.id),
      csrf: csrfOf(visit, live),
    })
    return sendPage(reply, page, { leadsTo: [request.redirectUri] })
  })

  app.post('/select-account', async (http, reply) => {
    const visit = await openVisit(parts, http, reply)
    if (!visit) return reply
    const { request } = visit
    const form = readForm(http.body)
    const { live } = await positionOf(parts, http, visit)
    checkCsrf(http, parts.issuer, optional(form, 'csrf'), live && csrfOf(visit, live))
    const action = optional(form, 'action')
    if (action === 'deny')
      return sendAnswer(parts, http, reply, {
        request,
        isKept: true,
        content: { error: 'access_denied', description: 'the person chose no account' },
      })
    if (action !== 'continue' || !live) return reply.redirect(pageUrl(parts, '/login', request.id, '&another=1'), 303)
    await parts.requests.put(request.id, live.session.id)
    return proceed(parts, http, reply, { ...visit, request: { ...request, chosenSessionId: live.session.id } })
  })
}

function csrfOf({ browser, request }: Visit, { session }: LiveSession): string {
  return csrfToken(browser, 'select-account', request.id, session.id)
}
