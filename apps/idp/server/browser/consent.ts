import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { scopesToAllow } from '#core/authorize/read-claims.ts'
import type { Client } from '#core/clients/client.ts'
import { isIdentityAssured, isOnThisDevice } from '#core/clients/redirect-uri.ts'
import { optional } from '#core/oauth/form.ts'
import { formatScope, type Scopes } from '#core/oauth/scope.ts'
import type { LiveSession } from '#core/sessions/browser-session.ts'
import { type ConsentApp, type ConsentScope, consentPage } from '#pages/consent-page.ts'
import { checkCsrf, csrfToken } from '../http/csrf.ts'
import { readForm } from '../http/forms.ts'
import { originOf } from '../http/origin.ts'
import type { BrowserParts } from './parts.ts'
import { pageUrl, positionOf, proceed, sendAnswer } from './proceed.ts'
import { sendPage } from './send-page.ts'
import { appOf, openVisit, type Visit } from './visit.ts'

/** The consent page. */
export function consentRoutes(app: FastifyInstance, parts: BrowserParts): void {
  app.get('/consent', async (http, reply) => {
    const visit = await openVisit(parts, http, reply)
    if (!visit) return reply
    const { step, live } = await positionOf(parts, http, visit)
    if (step.step !== 'consent' || !live) return proceed(parts, http, reply, visit)
    return show(parts, reply, visit, { live, newScopes: step.newScopes })
  })

  app.post('/consent', async (http, reply) => {
    const visit = await openVisit(parts, http, reply)
    if (!visit) return reply
    const form = readForm(http.body)
    const { step, live } = await positionOf(parts, http, visit)
    checkCsrf(http, parts.issuer, optional(form, 'csrf'), live && csrfOf(visit, live))
    if (step.step !== 'consent' || !live) return proceed(parts, http, reply, visit)
    const action = optional(form, 'action')
    if (action === 'switch') return reply.redirect(pageUrl(parts, '/login', visit.request.id, '&another=1'), 303)
    if (action !== 'approve') return deny(parts, http, reply, { visit, live })
    await agree(parts, http, { visit, live })
    return proceed(parts, http, reply, visit)
  })
}

/** Bound to the session too: a form that was shown to one person cannot speak for the next. */
function csrfOf({ browser, request }: Visit, { session }: LiveSession): string {
  return csrfToken(browser, 'consent', request.id, session.id, session.authTime.toISOString())
}

async function show(
  parts: BrowserParts,
  reply: FastifyReply,
  visit: Visit,
  { live, newScopes }: { live: LiveSession; newScopes: Scopes },
) {
  const { request, client } = visit
  const isAssured = isIdentityAssured(client, request)
  const page = consentPage({
    site: parts.site,
    client: {
      ...appOf(parts, client, request.redirectUri),
      standing: standingOf(client, isAssured),
      onThisDevice: isOnThisDevice(request.redirectUri),
    },
    account: { username: live.user.username, email: live.user.email },
    scopes: await describe(parts, scopesToAllow(request), newScopes),
    action: pageUrl(parts, '/consent', request.id),
    csrf: csrfOf(visit, live),
  })
  return sendPage(reply, page, { leadsTo: [request.redirectUri] })
}

/** Nobody has looked at a client that registered itself, however well it proves that it is the same one. */
function standingOf({ firstParty, registration }: Client, isAssured: boolean): ConsentApp['standing'] {
  if (firstParty) return 'first-party'
  return isAssured && !registration ? 'third-party' : 'unverified'
}

/** Scopes in words: an API's own sentence, or the page's for a standard one. */
async function describe({ apis }: BrowserParts, scopes: Scopes, newScopes: Scopes): Promise<readonly ConsentScope[]> {
  const all = await apis.list()
  return [...scopes].map((name) => ({
    name,
    sentence: all.find((api) => api.scopes.has(name))?.scopes.get(name),
    isNew: newScopes.has(name),
    sensitive: name === 'offline_access',
  }))
}

type Decision = { readonly visit: Visit; readonly live: LiveSession }

/** Remembers what was allowed, beside what was allowed before. */
async function agree(
  { consents, audit, clock }: BrowserParts,
  http: FastifyRequest,
  { visit, live }: Decision,
): Promise<void> {
  const { request, client } = visit
  const userId = live.user.sub
  await consents.put({ userId, clientId: client.id, scopes: scopesToAllow(request), givenAt: clock.now() })
  await audit.record('consent.given', {
    userId,
    clientId: client.id,
    sessionId: live.session.id,
    origin: originOf(http),
    details: { scope: formatScope(request.scopes) },
  })
}

async function deny(parts: BrowserParts, http: FastifyRequest, reply: FastifyReply, { visit, live }: Decision) {
  const { request, client } = visit
  await parts.audit.record('consent.denied', {
    outcome: 'failure',
    userId: live.user.sub,
    clientId: client.id,
    sessionId: live.session.id,
    origin: originOf(http),
  })
  return sendAnswer(parts, http, reply, {
    request,
    isKept: true,
    content: { error: 'access_denied', description: 'the person did not allow it' },
  })
}
