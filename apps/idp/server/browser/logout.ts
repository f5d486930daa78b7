import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { withQuery } from '#core/authorize/answer.ts'
import { isVouchedFor, type LogoutRequest, sessionsToEnd } from '#core/logout/end-session.ts'
import { OAuthError } from '#core/oauth/error.ts'
import { type Form, optional } from '#core/oauth/form.ts'
import type { LiveSession } from '#core/sessions/browser-session.ts'
import { logoutConfirmPage } from '#pages/logout-confirm-page.ts'
import { signedOutPage } from '#pages/signed-out-page.ts'
import { checkCsrf, csrfToken } from '../http/csrf.ts'
import { readForm } from '../http/forms.ts'
import { originOf } from '../http/origin.ts'
import type { BrowserParts } from './parts.ts'
import { sendPage } from './send-page.ts'
import { knowBrowser } from './visit.ts'

/** `GET` and `POST /logout` (OpenID Connect RP-Initiated Logout 1.0 §2), and the page that asks the person. */
export function logoutRoutes(app: FastifyInstance, parts: BrowserParts): void {
  app.get('/logout', async (http, reply) => {
    const form = readForm(http.query)
    return handle(parts, http, reply, await readOrAsk(parts, form))
  })
  app.post('/logout', async (http, reply) => {
    const form = readForm(http.body)
    const request = await readOrAsk(parts, form)
    // Another site's form shows no cookie: only a valid hint can speak for the person there; the rest is asked by a GET.
    if (request?.hint && !request.hint.isExpired) return handle(parts, http, reply, request)
    const fields = request ? returnFields(request) : []
    return reply.redirect(withQuery(`${parts.site.basePath ?? ''}/logout`, fields), 303)
  })
  app.get('/logout/confirm', async (_http, reply) => reply.redirect(`${parts.site.basePath ?? ''}/logout`, 303))
  app.post('/logout/confirm', async (http, reply) => confirm(parts, http, reply))
}

/** Undefined where the request is faulty: the person may still sign out, and is led nowhere. */
async function readOrAsk(parts: BrowserParts, form: Form): Promise<LogoutRequest | undefined> {
  try {
    return await parts.logout.read(form, parts.clock.now())
  } catch (error) {
    if (error instanceof OAuthError) return undefined
    throw error
  }
}

async function handle(
  parts: BrowserParts,
  http: FastifyRequest,
  reply: FastifyReply,
  request: LogoutRequest | undefined,
) {
  const live = await parts.sessions.find(parts.cookies.session.read(http))
  if (request && isVouchedFor(request, live)) return signOut(parts, http, reply, { request, live })
  if (!live) return request?.hint ? leadBack(parts, reply, request) : sendSignedOut(parts, reply, request)
  return ask(parts, http, reply, { request, live })
}

/** Asks; what it will lead to travels with the form and is read from scratch when it comes back. */
function ask(
  parts: BrowserParts,
  http: FastifyRequest,
  reply: FastifyReply,
  { request, live }: { request: LogoutRequest | undefined; live: LiveSession },
) {
  const browser = knowBrowser(parts, http, reply)
  const fields = request ? returnFields(request) : new Map<string, string>()
  const page = logoutConfirmPage({
    site: parts.site,
    account: { username: live.user.username, email: live.user.email },
    client: request?.client && { name: request.client.name },
    action: withQuery(`${parts.site.basePath ?? ''}/logout/confirm`, fields),
    csrf: csrfToken(browser, 'logout', live.session.id),
  })
  return sendPage(reply, page, { leadsTo: request?.returnTo ? [request.returnTo] : [] })
}

async function confirm(parts: BrowserParts, http: FastifyRequest, reply: FastifyReply) {
  const form = readForm(http.body)
  const live = await parts.sessions.find(parts.cookies.session.read(http))
  const request = await readOrAsk(parts, readForm(http.query))
  if (!live) return sendSignedOut(parts, reply, request)
  const browser = parts.cookies.browser.read(http)
  checkCsrf(http, parts.issuer, optional(form, 'csrf'), browser && csrfToken(browser, 'logout', live.session.id))
  if (optional(form, 'action') === 'stay') return reply.redirect(`${parts.site.basePath ?? ''}/`, 303)
  return signOut(parts, http, reply, { request, live })
}

/** Ends the browser's session and the one that the hint names, then leads back. */
async function signOut(
  parts: BrowserParts,
  http: FastifyRequest,
  reply: FastifyReply,
  { request, live }: { request: LogoutRequest | undefined; live: LiveSession | undefined },
) {
  const origin = originOf(http)
  const sessions = sessionsToEnd(request ?? nothingAsked, live)
  const frames = await parts.logout.findFrames(sessions.map(({ id }) => id))
  for (const session of sessions) await parts.logout.end(session, origin)
  // Another site's form shows no cookie, and its hint may be the site's own: the person's cookie is not its to take.
  if (parts.cookies.session.read(http) !== undefined) parts.cookies.session.clear(reply)
  // This one is shown by every site's form, and set again by the next answer to whoever is signed in still.
  if (parts.cookies.state.read(http) !== undefined) parts.cookies.state.clear(reply)
  return leadBack(parts, reply, request ?? nothingAsked, frames)
}

/** To the app where it named an address of its own, else to the page that says it is done; past the frames of apps. */
function leadBack(
  parts: BrowserParts,
  reply: FastifyReply,
  request: LogoutRequest,
  frames: readonly string[] = [],
): FastifyReply {
  const state = request.state === undefined ? [] : [['state', request.state] as const]
  const returnTo = request.returnTo && withQuery(request.returnTo, state)
  return returnTo && frames.length === 0
    ? reply.redirect(returnTo, 303)
    : sendSignedOut(parts, reply, request, { frames, returnTo })
}

/** A request that could not be read: the person may still sign out. */
const nothingAsked: LogoutRequest = { client: undefined, returnTo: undefined, state: undefined, hint: undefined }

type AfterSignOut = { readonly frames?: readonly string[]; readonly returnTo?: string | undefined }

function sendSignedOut(
  parts: BrowserParts,
  reply: FastifyReply,
  request: LogoutRequest | undefined,
  { frames = [], returnTo }: AfterSignOut = {},
) {
  const client = request?.client && { name: request.client.name, uri: request.client.clientUri }
  return sendPage(reply, signedOutPage({ site: parts.site, client, frames, returnTo }), { frames })
}

function returnFields({ client, returnTo, state }: LogoutRequest): Map<string, string> {
  const fields = new Map<string, string>()
  if (client) fields.set('client_id', client.id)
  if (returnTo) fields.set('post_logout_redirect_uri', returnTo)
  if (state) fields.set('state', state)
  return fields
}
