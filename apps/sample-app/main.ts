import express, { type NextFunction, type Request, type Response } from 'express'
import { AuthorizationResponseError, ResponseBodyError } from 'openid-client'
import { backChannelLogout } from './back-channel.ts'
import { errorPage, homePage, signedOutPage, type Visit, welcomePage } from './page.ts'
import { beginSession, endSession, findSession, type Session } from './sessions.ts'
import * as oidc from './sign-in.ts'

// Cookies know no ports: two of these apps on one machine must not take each other's.
const cookieName = `sample-app-${oidc.port}`
const secure = oidc.home.startsWith('https:')

const app = express()
app.disable('x-powered-by')

app.use((_request, response, next) => {
  response.set({
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'content-security-policy':
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; frame-ancestors 'none'",
  })
  next()
})

for (const file of ['style.css', 'countdown.js']) {
  app.get(`/${file}`, (_request, response) => response.sendFile(file, { root: import.meta.dirname }))
}

app.get('/', async (request, response) => {
  const session = findSession(cookie(request))
  response.send(session?.person && session.tokens ? homePage(await visit(session)) : welcomePage())
})

app.get('/sign-in', async (request, response) => {
  let session = findSession(cookie(request))
  if (!session) session = findSession(setCookie(response, beginSession()))
  if (session) response.redirect((await oidc.signInUrl(session)).href)
})

app.get('/callback', async (request, response) => {
  const session = findSession(cookie(request))
  if (!session) throw new oidc.UnknownSignIn()
  await oidc.completeSignIn(session, request.originalUrl.slice(request.path.length))
  // A new id for a new standing: whoever knew the old cookie does not get in with it.
  endSession(cookie(request))
  setCookie(response, beginSession(session))
  response.redirect('/')
})

// Cookies are SameSite=Lax: a form on another site reaches these two as nobody.
app.post('/refresh', async (request, response) => {
  const session = findSession(cookie(request))
  if (session) await oidc.refresh(session)
  response.redirect(303, '/')
})

app.post('/sign-out', async (request, response) => {
  const session = findSession(cookie(request))
  const idToken = session?.tokens?.idToken
  endSession(cookie(request))
  response.clearCookie(cookieName)
  response.redirect(303, (await oidc.signOutUrl(idToken)).href)
})

// The provider's own request: no browser, no cookie, and 400 for what is no logout token of its.
app.post('/backchannel-logout', express.urlencoded({ extended: false }), async (request, response) => {
  const outcome = await backChannelLogout(String(request.body?.logout_token)).then(
    () => 200,
    () => 400,
  )
  response.status(outcome).end()
})

app.get('/signed-out', (_request, response) => {
  response.send(signedOutPage())
})

/** What the signed-in page shows, the API's answer with it. On a 401 it refreshes once and asks once more. */
async function visit(session: Session): Promise<Visit> {
  const steps: string[] = []
  const token = await oidc.accessToken(session)
  let answer = await askApi(token, steps)
  if (answer.status === 401) {
    // Another tab may have refreshed meanwhile.
    if (session.tokens?.accessToken === token) await oidc.refresh(session)
    steps.push('refreshed the tokens')
    answer = await askApi(await oidc.accessToken(session), steps)
  }
  if (!session.person || !session.tokens) throw new oidc.SignedOut()
  return { person: session.person, tokens: session.tokens, steps, answer }
}

async function askApi(token: string, steps: string[]): Promise<Visit['answer']> {
  try {
    const url = `${oidc.api}/notes`
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(5000),
    })
    steps.push(`GET ${url} → ${response.status}`)
    return { status: response.status, body: await response.json() }
  } catch {
    steps.push(`GET ${oidc.api}/notes → no answer`)
    return { status: 0, body: { message: 'The API does not answer. Is it running?' } }
  }
}

app.use((_request, response) => {
  response.status(404).send(errorPage('There is no such page', 'The address may have been mistyped.'))
})

/** Express knows an error handler by its four parameters. */
function friendly(error: unknown, request: Request, response: Response, _next: NextFunction): void {
  if (error instanceof oidc.SignedOut) {
    endSession(cookie(request))
    response.status(200).send(errorPage('You have been signed out', 'Your sign-in has ended. Sign in again to go on.'))
  } else if (error instanceof oidc.UnknownSignIn) {
    const why = 'It was begun in another browser, was finished already, or took too long.'
    response.status(400).send(errorPage('That sign-in is not known here', why))
  } else if (error instanceof AuthorizationResponseError) {
    const denied = error.error === 'access_denied'
    const why = denied ? 'You did not allow the app to see your account.' : (error.error_description ?? '')
    const title = denied ? 'Nothing was shared' : 'The sign-in did not succeed'
    response.status(denied ? 200 : 400).send(errorPage(title, why, error.error))
  } else if (error instanceof ResponseBodyError && error.status < 500) {
    const why = error.error_description ?? 'It gave no reason.'
    response.status(502).send(errorPage('The identity provider refused', why, error.error))
  } else {
    console.error(error instanceof Error ? `${error.name}: ${error.message}` : error)
    response.status(503).send(errorPage('The identity provider does not answer', 'Wait a moment, then try again.'))
  }
}
app.use(friendly)

function cookie(request: Request): string | undefined {
  const pairs = request.headers.cookie?.split(';').map((pair) => pair.trim()) ?? []
  return pairs.find((pair) => pair.startsWith(`${cookieName}=`))?.slice(cookieName.length + 1)
}

function setCookie(response: Response, id: string): string {
  response.cookie(cookieName, id, { httpOnly: true, sameSite: 'lax', secure, path: '/' })
  return id
}

const server = app.listen(oidc.port, '127.0.0.1', (error) => {
  if (error) throw error
  console.log(`sample app listening on ${oidc.home}`)
})
process.once('SIGTERM', () => server.close())
