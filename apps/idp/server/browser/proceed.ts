import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AnswerContent } from '#core/authorize/answer.ts'
import type { AuthorizationRequest } from '#core/authorize/authorization-request.ts'
import { nextStep, type Step } from '#core/authorize/next-step.ts'
import type { Client } from '#core/clients/client.ts'
import { isIdentityAssured } from '#core/clients/redirect-uri.ts'
import { OAuthError } from '#core/oauth/error.ts'
import type { LiveSession } from '#core/sessions/browser-session.ts'
import { originOf } from '../http/origin.ts'
import { deliver, deliverUnasked } from './deliver.ts'
import type { BrowserParts } from './parts.ts'
import { tellSessionState } from './session-check.ts'
import { startAgain, type Visit } from './visit.ts'

/** Where a request stands: what has to happen next, who is signed in, and whether that person has met the app before. */
export type Position = { readonly step: Step; readonly live: LiveSession | undefined; readonly isMet: boolean }

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
    subject: live && parts.subjectFor(client, live.user.sub),
    consent,
    isTrusted: client.firstParty,
    isIdentityAssured: isIdentityAssured(client, request),
    now: parts.clock.now(),
  })
  return { step, live, isMet: consent !== undefined }
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
  const { step, live, isMet } = position
  if (step.step === 'refuse') {
    const hasActed = isMet || (live !== undefined && live.session.authTime >= request.receivedAt)
    const content = { error: step.code, description: step.description }
    return sendAnswer(parts, http, reply, { request, isKept, content, ...(!hasActed && { unaskedFor: client }) })
  }
  if (step.step !== 'answer' || !live) {
    return reply.redirect(pageUrl(parts, pageOf[step.step === 'answer' ? 'login' : step.step], request.id), 303)
  }
  return sendWanted(parts, http, reply, { request, client, live, isKept })
}

type Wanted = Pick<Visit, 'request' | 'client'> & { readonly live: LiveSession; readonly isKept: boolean }

async function sendWanted(
  parts: BrowserParts,
  http: FastifyRequest,
  reply: FastifyReply,
  { request, isKept, ...wanted }: Wanted,
) {
  const content = await issue(parts, http, { request, ...wanted })
  return sendAnswer(parts, http, reply, { request, isKept, content })
}

/** What the app asked for. What ended at the last moment is told to the app, like everything after there is a party. */
async function issue(
  parts: BrowserParts,
  http: FastifyRequest,
  { request, client, live }: Omit<Wanted, 'isKept'>,
): Promise<AnswerContent> {
  try {
    const { parameters, familyId } = await parts.issueAnswer(request, live, client)
    const about = { userId: live.user.sub, clientId: client.id, sessionId: live.session.id, origin: originOf(http) }
    if (parameters.code !== undefined) await parts.audit.record('code.issued', about)
    const details = { response_type: request.responseType }
    if (familyId !== undefined) await parts.audit.record('token.issued', { ...about, familyId, details })
    return { parameters }
  } catch (error) {
    if (error instanceof OAuthError) return { error: error.code, description: error.description }
    throw error
  }
}

export type Answering = {
  readonly request: AuthorizationRequest
  readonly isKept: boolean
  readonly content: AnswerContent
  /** The app, where nobody has done anything here: an error is then no reason to lead a person anywhere. */
  readonly unaskedFor?: Client
}

/** Answers the app, once: a request that was answered already ends in the page to start again. */
export async function sendAnswer(
  parts: BrowserParts,
  http: FastifyRequest,
  reply: FastifyReply,
  { request, isKept, content, unaskedFor }: Answering,
): Promise<FastifyReply | undefined> {
  if (isKept && !(await parts.requests.end(request.id))) return startAgain(parts, http, reply, request.clientId)
  const isOpenId = request.scopes.has('openid')
  const sessionState = isOpenId ? tellSessionState(parts.cookies, http, reply, request) : undefined
  const target = { ...request, sessionState }
  if (unaskedFor) return deliverUnasked(parts, reply, unaskedFor, { target, content })
  return deliver(parts, reply, target, content)
}
