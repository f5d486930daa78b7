import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { AuthorizationRequest } from '#core/authorize/authorization-request.ts'
import { identifyParty, type Party, UnregisteredRedirectUri } from '#core/authorize/identify-party.ts'
import { OAuthError } from '#core/oauth/error.ts'
import type { Form } from '#core/oauth/form.ts'
import { digest } from '#core/oauth/random.ts'
import { readForm } from '../http/forms.ts'
import { originOf } from '../http/origin.ts'
import { deliverUnasked } from './deliver.ts'
import type { BrowserParts } from './parts.ts'
import { leadOn, pageUrl, positionOf, proceed } from './proceed.ts'
import { knowBrowser, openVisit } from './visit.ts'

/** `GET` and `POST /authorize` (OpenID Connect Core §3.1.2.1), and where a kept request goes on. */
export function authorizeRoutes(app: FastifyInstance, parts: BrowserParts): void {
  app.get('/authorize', async (http, reply) => {
    const read = await readParty(parts, readForm(http.query), reply)
    return read && beginHere(parts, http, reply, read)
  })

  app.post('/authorize', async (http, reply) => {
    const read = await readParty(parts, readForm(http.body), reply)
    return read && beginElsewhere(parts, http, reply, read.request)
  })

  app.get('/authorize/continue', async (http, reply) => {
    const visit = await openVisit(parts, http, reply)
    return visit ? proceed(parts, http, reply, visit) : reply
  })
}

type Read = { readonly party: Party; readonly request: AuthorizationRequest }

/**
 * Reads the request. Before there is a party an error is a page; after it the answer goes to the app. Of a request object
 * that is refused the parameters beside it may name the party: nothing but the refusal goes there.
 */
async function readParty(parts: BrowserParts, sent: Form, reply: FastifyReply): Promise<Read | undefined> {
  const now = parts.clock.now()
  const { form, refusal } = await parts.openRequest(sent, now)
  const party = await identifyParty(form, parts).catch((error) => {
    throw error instanceof UnregisteredRedirectUri ? error : (refusal ?? error)
  })
  try {
    if (refusal) throw refusal
    return { party, request: await parts.readRequest(party, form, now) }
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    const content = { error: error.code, description: error.description }
    deliverUnasked(parts, reply, party.client, { target: party, content })
    return undefined
  }
}

/** A request that can be answered at once is never kept; one that needs a page is kept, bound to this browser. */
async function beginHere(parts: BrowserParts, http: FastifyRequest, reply: FastifyReply, { party, request }: Read) {
  const { client } = party
  const position = await positionOf(parts, http, { request, client })
  const isAnswer = position.step.step === 'answer' || position.step.step === 'refuse'
  if (isAnswer) return leadOn(parts, http, reply, { visit: { request, client }, position, isKept: false })
  const kept = { ...request, browserHash: digest(knowBrowser(parts, http, reply)) }
  await parts.beginRequest(kept, originOf(http))
  return leadOn(parts, http, reply, { visit: { request: kept, client }, position, isKept: true })
}

/** A form posted from another site shows no `SameSite=Lax` cookie: the request is kept, and read again by a GET that does. */
async function beginElsewhere(
  parts: BrowserParts,
  http: FastifyRequest,
  reply: FastifyReply,
  request: AuthorizationRequest,
) {
  await parts.beginRequest(request, originOf(http))
  return reply.redirect(pageUrl(parts, '/authorize/continue', request.id), 303)
}
