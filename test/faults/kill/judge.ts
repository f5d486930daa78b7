import { type App, isStatus, type Reply, tokensOf } from '../support/app.ts'
import type { Seeded } from '../support/seeded.ts'
import { fateOf, type History, type KnownFamily, type KnownSession } from './history.ts'

export type Judge = {
  readonly issuer: string
  readonly app: App
  readonly history: History
  readonly chance: Seeded
  /** Says what was lost, or came back. */
  readonly fail: (what: string) => void
}

/** Milliseconds within which a refresh token that was replaced is answered with its successor again, with a reserve. */
const grace = 20_000

/** Asks the server that was started again about everything that was acknowledged before it died. */
export async function judgeHistory(judge: Judge): Promise<void> {
  const { history } = judge
  await judgeKeys(judge)
  for (const session of history.sessions) await judgeSession(judge, session)
  for (const family of history.families) await judgeFamily(judge, family)
  await judgeCodes(judge)
  for (const family of history.families) await provoke(judge, family)
}

/** Every key that was shown is still shown: none of them is old enough to leave. */
async function judgeKeys({ issuer, history, fail }: Judge): Promise<void> {
  const shown = await kidsOf(issuer)
  for (const kid of history.kids) if (!shown.includes(kid)) fail(`key ${kid} is lost`)
}

/** The keys in the JWKS. */
export async function kidsOf(issuer: string): Promise<readonly string[]> {
  const response = await fetch(`${issuer}/.well-known/jwks.json`)
  const { keys } = (await response.json()) as { keys: { kid: string }[] }
  return keys.map(({ kid }) => kid)
}

/** A living session answers silently for what its person has allowed; an ended one needs a sign-in. */
async function judgeSession({ app, history, fail }: Judge, session: KnownSession): Promise<void> {
  const { person, username } = session
  const allowed = history.consents.get(username) ?? []
  const scope = allowed.length === 0 ? 'openid' : [...new Set(['openid', ...allowed.slice(-3)])].join(' ')
  const answer = await app.askSilently(person, scope)
  const lives = typeof answer !== 'string' || (answer === 'consent_required' && allowed.length === 0)
  if (session.fate === 'alive' && !lives) fail(`session or consent of ${username} is lost (${scope}): ${answer}`)
  if (session.fate === 'ended' && answer !== 'login_required') fail(`signed-out session of ${username} came back`)
  session.fate = answer === 'login_required' ? 'ended' : 'alive'
}

/** A living family refreshes with its newest token, and with the one before it to the very same successor. */
async function judgeFamily(judge: Judge, family: KnownFamily): Promise<void> {
  const fate = fateOf(family)
  if (fate === 'ended') return judgeEnded(judge, family)
  const { app, fail } = judge
  const { refreshTokens } = family
  const newest = refreshTokens.at(-1) ?? ''
  const before = refreshTokens.at(-2)
  if (before && fate === 'alive' && !family.isRotating && Date.now() - family.rotatedAt < grace) {
    const again = tokensOf(await app.refresh(before)).refresh
    if (again !== newest) fail(`generation ${refreshTokens.length - 1} is not answered with its successor again`)
  }
  if (fate === 'alive' && !(await isActive(app, family.access))) fail('an access token of a living family is inactive')
  const reply = await app.refresh(newest)
  if (isStatus(reply, 200)) return keep(family, reply)
  if (fate === 'alive') fail(`family at generation ${refreshTokens.length} is lost: ${JSON.stringify(reply)}`)
  family.fate = 'ended'
  return judgeEnded(judge, family)
}

function keep(family: KnownFamily, reply: Reply): void {
  const { refresh, access } = tokensOf(reply)
  Object.assign(family, { access, rotatedAt: Date.now(), isRotating: false, fate: 'alive' })
  family.refreshTokens.push(refresh)
}

async function judgeEnded({ app, fail }: Judge, { refreshTokens, access }: KnownFamily): Promise<void> {
  for (const token of refreshTokens.slice(-2)) {
    const reply = await app.refresh(token)
    if (!isRefused(reply)) fail(`an ended family came back: ${JSON.stringify(reply).slice(0, 200)}`)
  }
  if (await isActive(app, access)) fail('an access token of an ended family is active')
}

/** A kept code works once; one that was presented works once or not at all. None works twice. */
async function judgeCodes({ app, history, fail }: Judge): Promise<void> {
  for (const { code, session, state } of history.codes.splice(0)) {
    const first = await app.redeem(code)
    const works = isStatus(first, 200)
    if (!works && !isRefused(first)) fail(`code: ${JSON.stringify(first)}`)
    if (state === 'kept' && session.fate === 'alive' && !works) fail(`a code that was sent is lost`)
    const second = await app.redeem(code)
    if (!isRefused(second)) fail(`a code worked twice: ${JSON.stringify(second).slice(0, 200)}`)
    const born = tokensOf(first).refresh
    if (works && !isRefused(await app.refresh(born))) fail('a replayed code did not end what it began')
  }
}

/** A spent code, a token of two generations ago: each still ends what it must, after the restart as before. */
async function provoke(judge: Judge, family: KnownFamily): Promise<void> {
  const { app, chance, fail } = judge
  const ancient = family.refreshTokens.at(-3)
  const dice = chance.below(6)
  if (fateOf(family) !== 'alive' || dice > 1) return
  const reply = dice === 0 && ancient ? await app.refresh(ancient) : await app.redeem(family.code)
  if (!isRefused(reply)) fail(`a spent ${dice === 0 && ancient ? 'refresh token' : 'code'} worked again`)
  family.fate = 'ended'
  await judgeEnded(judge, family)
}

async function isActive(app: App, access: string): Promise<boolean> {
  const reply = await app.introspect(access)
  return reply.outcome === 'answered' && reply.json.active === true
}

/** Refused by the protocol: not a fault of ours that asks to try again. */
function isRefused(reply: Reply): boolean {
  return reply.outcome === 'answered' && reply.status === 400 && reply.json.error === 'invalid_grant'
}
