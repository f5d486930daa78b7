import { aPerson } from '#test/support/person.ts'
import { anApp, type Credentials, tokensOf } from './app.ts'
import { apiScopes, password } from './furnish.ts'
import { aConnection, type Exchange } from './keep-alive.ts'
import type { ServeHome } from './serve-process.ts'

/** Connections by what they send. */
const lanes = { own: 3, refresh: 3, signIn: 3, document: 2 }

/** What the lanes saw until the server was gone. */
export type LoadSeen = {
  readonly exchanges: readonly Exchange[]
  /** The newest refresh token of each family. */
  readonly newest: readonly string[]
  /** Answers with tokens. */
  readonly issued: number
}

type Load = {
  readonly home: ServeHome
  readonly credentials: Credentials
  readonly exchanges: Exchange[]
  readonly newest: string[]
  issued: number
}

/** Starts lanes that send the next request as soon as one is answered; each ends with the first that is not. */
export async function openLoad(home: ServeHome, credentials: Credentials): Promise<{ end(): Promise<LoadSeen> }> {
  const load: Load = { home, credentials, exchanges: [], newest: [], issued: 0 }
  const first = await Promise.all(Array.from({ length: lanes.refresh }, () => signInOnce(load)))
  const running = [
    ...Array.from({ length: lanes.own }, () => askForOwnTokens(load)),
    ...first.map((token, at) => refreshOn(load, token, at)),
    ...Array.from({ length: lanes.document }, () => readDocuments(load)),
    ...Array.from({ length: lanes.signIn }, () => signInOn(load)),
  ]
  return {
    async end() {
      await Promise.all(running)
      return load
    },
  }
}

function headersOf({ credentials }: Load) {
  return { authorization: `Basic ${btoa(`${credentials.id}:${credentials.secret}`)}` }
}

/** A family to refresh. */
async function signInOnce(load: Load): Promise<string> {
  const { home, credentials } = load
  const app = anApp(home.issuer, credentials)
  const { url, verifier } = app.ask('openid')
  const answer = await aPerson({ issuer: home.issuer, username: 'ada', password }).authorize(url)
  const reply = await app.redeem({ code: answer.searchParams.get('code') ?? '', verifier })
  load.issued++
  return tokensOf(reply).refresh
}

async function askForOwnTokens(load: Load): Promise<void> {
  const form = { grant_type: 'client_credentials', scope: apiScopes[0] ?? '' }
  const asked = { what: 'client_credentials', path: '/token', expected: 200, headers: headersOf(load), form }
  const connection = aConnection(load.home.issuer)
  for (;;) {
    const exchange = await connection.send(asked)
    load.exchanges.push(exchange)
    if (!exchange.isExpected) break
    load.issued++
  }
  connection.close()
}

async function refreshOn(load: Load, first: string, lane: number): Promise<void> {
  const connection = aConnection(load.home.issuer)
  let token = first
  for (;;) {
    load.newest[lane] = token
    const form = { grant_type: 'refresh_token', refresh_token: token }
    const asked = { what: 'refresh', path: '/token', expected: 200, headers: headersOf(load), form }
    const exchange = await connection.send(asked)
    load.exchanges.push(exchange)
    if (!exchange.isExpected) break
    load.issued++
    token = String(JSON.parse(exchange.text).refresh_token)
  }
  connection.close()
}

async function readDocuments({ home, exchanges }: Load): Promise<void> {
  const connection = aConnection(home.issuer)
  for (;;) {
    const exchange = await connection.send({ what: 'JWKS', path: '/.well-known/jwks.json', expected: 200 })
    exchanges.push(exchange)
    if (!exchange.isExpected) break
    JSON.parse(exchange.text)
  }
  connection.close()
}

/** Opens the sign-in page anew and sends its form on a connection that is kept, until there is no page any more. */
async function signInOn(load: Load): Promise<void> {
  const { home, credentials, exchanges } = load
  const app = anApp(home.issuer, credentials)
  const connection = aConnection(home.issuer)
  for (;;) {
    const { browser } = aPerson({ issuer: home.issuer, username: 'ada', password })
    const page = await browser.open(app.ask('openid').url).catch(() => undefined)
    const form = page?.forms.find(({ buttons }) => buttons.some(({ id }) => id === 'login'))
    if (!form) break
    const fields = { ...Object.fromEntries(form.fields), username: 'ada', password }
    const headers = { cookie: browser.jar.header(new URL(home.issuer)) }
    const path = form.action.pathname + form.action.search
    const exchange = await connection.send({ what: 'sign-in', path, expected: 303, headers, form: fields })
    exchanges.push(exchange)
    if (!exchange.isExpected) break
  }
  connection.close()
}
