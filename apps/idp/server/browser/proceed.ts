import type { FastifyReply, FastifyRequest } from 'fastify'
import { type AnswerContent, answer } from '#core/authorize/answer.ts'
import type { AuthorizationRequest } from '#core/authorize/authorization-request.ts'
import { nextStep, type Step } from '#core/authorize/next-step.ts'
import type { Client } from '#core/clients/client.ts'
import { isIdentityAssured } from '#core/clients/redirect-uri.ts'
import type { LiveSession } from '#core/sessions/browser-session.ts'
import { formPostPage } from '#pages/form-post-page.ts'
import { originOf } from '../http/origin.ts'
import type { BrowserParts } from './parts.ts'
import { sendPage } from './send-page.ts'
import { startAgain, type Visit } from './visit.ts'

/** Where a request stands: what has to happen next, and who is signed in. */
export type Position = { readonly step: Step; readonly live: LiveSession | undefined }

/** Asks what comes next. Every page asks here; no page knows another page. */
export async function positionOf(
  parts: BrowserParts,
  http: FastifyRequest,
  { request, client }: Pick<Visit, 'request' | 'client'>,
): Promise<Position> {
  const live = await parts.sessions.find(parts.cookies.session.read(http))
  const consent = live && (await parts.consents.find(live.user.sub, client.id))
  const step = nextStep({
    request,
    session: live?.session,
    consent,
    isTrusted: client.firstParty,
    isIdentityAssured: isIdentityAssured(client, request.redirectUri),
    now: parts.clock.now(),
  })
  return { step, live }
}

const pageOf = { login: '/login', select_account: '/select-account', consent: '/consent' } as const

/** The address of a page of a request. */
export function pageUrl(parts: Pick<BrowserParts, 'site'>, page: string, requestId: string, more = ''): string {
  return `${parts.site.basePath ?? ''}${page}?id=${requestId}${more}`
}

/** Leads on: to the next page, or with the answer to the app. The request is kept at the server already. */
export async function proceed(
  parts: BrowserParts,
  http: FastifyRequest,
  reply: FastifyReply,
  visit: Visit,
): Promise<FastifyReply | undefined> {
  return leadOn(parts, http, reply, { visit, position: await positionOf(parts, http, visit), isKept: true })
}

export type Lead = {
  readonly visit: Pick<Visit, 'request' | 'client'>
  readonly position: Position
  /** Whether the request is in the store, and has to be ended there. */
  readonly isKept: boolean
}

/** See {@link proceed}; for a position that is known already. */
export async function leadOn(
  parts: BrowserParts,
  http: FastifyRequest,
  reply: FastifyReply,
  { visit, position, isKept }: Lead,
): Promise<FastifyReply | undefined> {
  const { request, client } = visit
  const { step, live } = position
  if (step.step === 'refuse') {
    return sendAnswer(parts, http, reply, {
      request,
      isKept,
      content: { error: step.code, description: step.description },
    })
  }
  if (step.step !== 'answer' || !live) {
    return reply.redirect(pageUrl(parts, pageOf[step.step === 'answer' ? 'login' : step.step], request.id), 303)
  }
  return sendCode(parts, http, reply, { request, client, live, isKept })
}

async function sendCode(
  parts: BrowserParts,
  http: FastifyRequest,
  reply: FastifyReply,
  {
    request,
    client,
    live,
    isKept,
  }: { request: AuthorizationRequest; client: Client; live: LiveSession; isKept: boolean },
) {
  const code = await parts.issueCode(request, live.session, client)
  await parts.audit.record('code.issued', {
    userId: live.user.sub,
    clientId: client.id,
    sessionId: live.session.id,
    origin: originOf(http),
  })
  return sendAnswer(parts, http, reply, { request, isKept, content: { code } })
}

export type Answering = {
  readonly request: AuthorizationRequest
  readonly isKept: boolean
  readonly content: AnswerContent
}

/** Answers the app, once: a request that was answered already ends in the page to start again. */
export async function sendAnswer(
  parts: BrowserParts,
  http: FastifyRequest,
  reply: FastifyReply,
  { request, isKept, content }: Answering,
): Promise<FastifyReply | undefined> {
  if (isKept && !(await parts.requests.end(request.id))) return startAgain(parts, http, reply, request.clientId)
  return deliver(parts, reply, request, content)
}

/** Writes the answer: a redirect, or a page whose form the browser posts. 303, so that nothing posted is posted again. */
export function deliver(
  parts: BrowserParts,
  reply: FastifyReply,
  target: Parameters<typeof answer>[0],
  content: AnswerContent,
): FastifyReply {
  const made = answer(target, parts.issuer, content)
  if (made.mode === 'query') return reply.redirect(made.location, 303)
  const { action, fields } = made
  return sendPage(reply, formPostPage({ site: parts.site, action, fields }), { leadsTo: [action] })
}
