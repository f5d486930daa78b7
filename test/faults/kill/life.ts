import { aPerson } from '#test/support/person.ts'
import { type App, type Code, isStatus, type Reply, tokensOf } from '../support/app.ts'
import { apiScopes, password } from '../support/furnish.ts'
import type { Seeded } from '../support/seeded.ts'
import type { History, KnownFamily, KnownSession } from './history.ts'

export type LifeParts = {
  readonly issuer: string
  readonly app: App
  readonly username: string
  readonly history: History
  readonly chance: Seeded
  /** True once the server was killed: nothing new is begun. */
  readonly isOver: () => boolean
}

type Life = LifeParts & { session: KnownSession }

/** One person at one app, doing what people and apps do, until the server is gone. Writes down what was acknowledged. */
export async function live(parts: LifeParts): Promise<void> {
  const { issuer, username, isOver } = parts
  while (!isOver()) {
    const session: KnownSession = {
      person: aPerson({ issuer, username, password }),
      username,
      idToken: '',
      fate: 'unknown',
    }
    const life = { ...parts, session }
    await attempt(life, async () => signIn(life))
    if (session.fate === 'unknown') continue
    parts.history.sessions.push(session)
    while (!isOver() && session.fate === 'alive') await attempt(life, () => doSomething(life))
  }
}

/** A broken connection is the server's death; what was under way stays as it was written down before. */
async function attempt({ history }: Life, step: () => Promise<void>): Promise<void> {
  try {
    await step()
  } catch (error) {
    if (!(error instanceof TypeError && /^(fetch failed|terminated)$/.test(error.message))) throw error
    history.unanswered++
  }
}

function doSomething(life: Life): Promise<void> {
  const { chance, history, session } = life
  const mine = history.families.filter((family) => family.session === session && family.fate === 'alive')
  const family = chance.pick(mine)
  const dice = chance.below(20)
  if (family && dice < 9) return refresh(life, family)
  if (family && dice < 11) return revoke(life, family)
  if (family && dice < 12) return signOut(life)
  if (dice < 15) return consentToMore(life)
  return beginFamily(life)
}

/** The first sign-in of a browser: acknowledged by its session cookie, however much of the way to the app was left. */
async function signIn(life: Life): Promise<void> {
  const { app, issuer, session, history } = life
  const { browser } = session.person
  const known = () => /signet-session=[^;]{16}/.test(browser.jar.header(new URL(issuer)))
  try {
    const { url, verifier } = app.ask('openid')
    const answer = await session.person.authorize(url)
    const code = answer.searchParams.get('code')
    if (code) {
      noteConsent(life, 'openid')
      await redeem(life, { code, verifier }, false)
    }
  } finally {
    if (known()) {
      session.fate = 'alive'
      history.acknowledged++
    }
  }
}

/** The consent page is answered and the code is the acknowledgement. */
async function consentToMore(life: Life): Promise<void> {
  const { app, session, history, chance } = life
  const allowed = history.consents.get(session.username) ?? []
  const more = apiScopes.find((scope) => !allowed.includes(scope))
  if (more === undefined) return beginFamily(life)
  const { url, verifier } = app.ask(`openid ${more}`)
  const answer = await session.person.authorize(url)
  const code = answer.searchParams.get('code')
  if (!code) throw new Error(`no code but ${answer.search}`)
  noteConsent(life, more)
  if (chance.below(2) === 0) return redeem(life, { code, verifier }, false)
  history.codes.push({ code: { code, verifier }, session, state: 'kept' })
}

function noteConsent({ session, history }: Life, scope: string): void {
  history.acknowledged++
  history.consents.set(session.username, [...(history.consents.get(session.username) ?? []), scope])
}

async function beginFamily(life: Life): Promise<void> {
  const { app, session, history, chance } = life
  const isOffline = chance.below(2) === 0
  const { url, verifier } = app.ask(isOffline ? 'openid offline_access' : 'openid', isOffline ? consented : {})
  const answer = await session.person.authorize(url)
  const code = answer.searchParams.get('code')
  if (!code) throw new Error(`no code but ${answer.search}`)
  history.acknowledged++
  if (chance.below(5) === 0) history.codes.push({ code: { code, verifier }, session, state: 'kept' })
  else await redeem(life, { code, verifier }, isOffline)
}

/** OpenID Connect Core §11: offline access asks each time. */
const consented = { prompt: 'consent' }

async function redeem({ app, session, history }: Life, code: Code, isOffline: boolean): Promise<void> {
  const reply = await app.redeem(code)
  if (reply.outcome === 'unknown') {
    history.unanswered++
    history.codes.push({ code, session, state: 'presented' })
    return
  }
  const { access, refresh: token, id } = expectTokens(reply)
  session.idToken = id
  history.acknowledged++
  const rotatedAt = Date.now()
  const begun = { session, isOffline, code, refreshTokens: [token], access, rotatedAt, isRotating: false }
  history.families.push({ ...begun, fate: 'alive' })
}

async function refresh({ app, history }: Life, family: KnownFamily): Promise<void> {
  family.isRotating = true
  const reply = await app.refresh(family.refreshTokens.at(-1) ?? '')
  if (reply.outcome === 'unknown') return void history.unanswered++
  const tokens = expectTokens(reply)
  family.refreshTokens.push(tokens.refresh)
  family.access = tokens.access
  family.rotatedAt = Date.now()
  family.isRotating = false
  history.acknowledged++
}

async function revoke({ app, history }: Life, family: KnownFamily): Promise<void> {
  family.fate = 'unknown'
  const reply = await app.revoke(family.refreshTokens.at(-1) ?? '')
  if (reply.outcome === 'unknown') return void history.unanswered++
  if (!isStatus(reply, 200)) throw new Error(`revoke: ${JSON.stringify(reply)}`)
  family.fate = 'ended'
  history.acknowledged++
}

/** Signs out by the app's link; the way back to the app is the acknowledgement. */
async function signOut({ app, session, history }: Life): Promise<void> {
  if (session.idToken === '') return
  session.fate = 'unknown'
  const page = await session.person.browser.open(app.logoutUrl(session.idToken))
  if (!page.left) throw new Error(`sign-out ended at ${page.status} ${page.title}`)
  session.fate = 'ended'
  history.acknowledged++
}

function expectTokens(reply: Reply) {
  if (!isStatus(reply, 200)) throw new Error(`no tokens but ${JSON.stringify(reply)}`)
  return tokensOf(reply)
}
