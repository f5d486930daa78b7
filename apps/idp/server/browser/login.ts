import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Overloaded } from '#core/oauth/error.ts'
import { type Form, optional } from '#core/oauth/form.ts'
import type { User } from '#core/users/user.ts'
import type { SignInError } from '#pages/sign-in-fault.ts'
import { signInPage } from '#pages/sign-in-page.ts'
import { checkCsrf, csrfToken } from '../http/csrf.ts'
import { untimed } from '../http/deadline.ts'
import { readForm } from '../http/forms.ts'
import { originOf } from '../http/origin.ts'
import type { BrowserParts } from './parts.ts'
import { pageUrl, positionOf, proceed, sendAnswer } from './proceed.ts'
import { sendPage } from './send-page.ts'
import { appOf, openVisit, type Visit } from './visit.ts'

const deviceLife = 180 * 86_400

/** The sign-in page. `another=1` in its URL: somebody else than the one who is signed in. */
export function loginRoutes(app: FastifyInstance, parts: BrowserParts): void {
  app.get('/login', async (http, reply) => {
    const visit = await openVisit(parts, http, reply)
    if (!visit) return reply
    const { step, live } = await positionOf(parts, http, visit)
    if (step.step !== 'login' && !isForAnother(http)) return proceed(parts, http, reply, visit)
    const isAgain = step.step === 'login' && step.again && !isForAnother(http)
    return show(parts, reply, visit, {
      known: isAgain ? live?.user : undefined,
      username: visit.request.loginHint,
      isForAnother: isForAnother(http),
    })
  })

  app.post('/login', async (http, reply) => {
    const visit = await openVisit(parts, http, reply)
    if (!visit) return reply
    const form = readForm(http.body)
    checkCsrf(http, parts.issuer, optional(form, 'csrf'), csrfOf(visit))
    const action = optional(form, 'action')
    if (action === 'switch') return reply.redirect(pageUrl(parts, '/login', visit.request.id, '&another=1'), 303)
    if (action === 'deny') {
      return sendAnswer(parts, http, reply, {
        request: visit.request,
        isKept: true,
        content: { error: 'access_denied', description: 'the person did not sign in' },
      })
    }
    return tryToSignIn(parts, http, reply, { visit, form })
  })
}

function isForAnother(http: FastifyRequest): boolean {
  return readForm(http.query).get('another') === '1'
}

function csrfOf({ browser, request }: Visit): string {
  return csrfToken(browser, 'login', request.id)
}

type Shown = {
  readonly known?: User | undefined
  readonly username?: string | undefined
  readonly error?: SignInError
  readonly isForAnother: boolean
  /** 200 unless told. */
  readonly status?: number
}

function show(parts: BrowserParts, reply: FastifyReply, visit: Visit, shown: Shown): FastifyReply {
  const { request, client } = visit
  const page = signInPage({
    site: parts.site,
    client: appOf(parts, client, request.redirectUri),
    action: pageUrl(parts, '/login', request.id, shown.isForAnother ? '&another=1' : ''),
    csrf: csrfOf(visit),
    username: shown.username,
    error: shown.error,
    reauthentication: shown.known && { username: shown.known.username },
  })
  return sendPage(reply, page, { status: shown.status ?? 200, leadsTo: [request.redirectUri] })
}

const statusOf: { readonly [kind in SignInError['kind']]: number } = {
  wrong: 400,
  missing_username: 400,
  missing_password: 400,
  too_long: 400,
  throttled: 429,
  busy: 503,
}

/** Verifies what was typed; on success the session begins under a new cookie and the request goes on. */
async function tryToSignIn(
  parts: BrowserParts,
  http: FastifyRequest,
  reply: FastifyReply,
  { visit, form }: { visit: Visit; form: Form },
) {
  const username = optional(form, 'username')
  const result = await judge(parts, http, form)
  if ('kind' in result) {
    if ('retryAfter' in result) reply.header('retry-after', String(Math.ceil(result.retryAfter)))
    if (result.kind === 'busy') reply.header('retry-after', '2')
    const { live } = await positionOf(parts, http, visit)
    const known = live && !isForAnother(http) && live.user.username === username ? live.user : undefined
    return show(parts, reply, visit, {
      known,
      username,
      error: result,
      isForAnother: isForAnother(http),
      status: statusOf[result.kind],
    })
  }
  await begin(parts, http, reply, { visit, user: result })
  return reply.redirect(pageUrl(parts, '/authorize/continue', visit.request.id), 303)
}

async function judge(parts: BrowserParts, http: FastifyRequest, form: Form): Promise<User | SignInError> {
  const name = optional(form, 'username')?.trim()
  const password = optional(form, 'password')
  if (!name || name.length > 254) return { kind: name ? 'wrong' : 'missing_username' }
  if (!password) return { kind: 'missing_password' }
  const findDevice = (sub: string) => parts.devices.read(parts.cookies.device.read(http), sub)
  try {
    const result = await parts.signIn({
      name,
      password,
      origin: originOf(http),
      findDevice,
      untimed: (work) => untimed(http, work),
    })
    if (result.outcome === 'welcome') return result.user
    if (result.outcome === 'throttled') return { kind: 'throttled', retryAfter: result.retryAfter }
    return { kind: result.outcome }
  } catch (error) {
    if (error instanceof Overloaded) return { kind: 'busy' }
    throw error
  }
}

type Right = { readonly visit: Visit; readonly user: User }

async function begin(parts: BrowserParts, http: FastifyRequest, reply: FastifyReply, { visit, user }: Right) {
  const { cookies, sessions, devices, clock, audit } = parts
  const origin = originOf(http)
  const form = `${visit.browser} ${visit.request.id}`
  const { session, cookie } = await sessions.begin(cookies.session.read(http), { user, amr: ['pwd'], origin, form })
  await audit.record('sign_in.succeeded', {
    userId: user.sub,
    sessionId: session.id,
    origin,
    details: { method: 'pwd' },
  })
  cookies.session.set(reply, cookie)
  cookies.device.set(reply, devices.issue(user.sub, clock.now()), deviceLife)
}
