import { createHash, randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { introspect, present, redeem, revoke, tokensOf } from './app-requests.ts'
import type { LabCode, LabFamily, LabPerson, LabSession, Stage } from './cast.ts'
import { aLabBrowser, type Stand } from './lab-browser.ts'

const mostPages = 6

/** Signs a person in at a new browser, and begins a first family; undefined where no good answer came. */
export async function signIn(stage: Stage, person: LabPerson): Promise<LabFamily | undefined> {
  const name = `s${stage.sessions.length}`
  const about = { actor: person.username, session: name }
  const browser = aLabBrowser({ ...stage, about })
  const session: LabSession = { name, person, browser, idToken: '', isOver: false }
  stage.sessions.push(session)
  return beginFamily(stage, session)
}

/** Asks for a code with the session that is there, signing in and consenting as the pages ask, and redeems it. */
export async function beginFamily(
  stage: Stage,
  session: LabSession,
  isOffline = false,
): Promise<LabFamily | undefined> {
  const code = await getCode(stage, session, isOffline)
  if (!code) return undefined
  const name = `f${stage.families.length}`
  const family: LabFamily = {
    ...{ name, session, isOffline, code, tokens: [], access: '' },
    ...{ isInDoubt: false, isOver: false, isBusy: false },
  }
  stage.families.push(family)
  const { entry, json } = await redeem(stage, code, { family: name, session: isOffline ? undefined : session.name })
  if (!entry.done) {
    // A code is used once: whoever does not know what became of it asks for another one (RFC 6749 §4.1.2).
    family.isOver = true
    return undefined
  }
  const tokens = tokensOf(json)
  family.tokens.push(tokens.refresh)
  family.access = tokens.access
  session.idToken = tokens.id
  return family
}

/** The way to a code, page by page; undefined where it ended elsewhere. */
async function getCode(stage: Stage, session: LabSession, isOffline = false): Promise<LabCode | undefined> {
  const { client, canaries } = stage
  const verifier = randomBytes(32).toString('base64url')
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: client.id,
    redirect_uri: client.redirectUri,
    scope: isOffline ? 'openid offline_access' : 'openid',
    state: 'a-state',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...(isOffline && { prompt: 'consent' }),
  })
  canaries.add('verifier', verifier)
  const stand = await goOn(session, await session.browser.open(`/authorize?${query}`))
  const code = stand.at === 'app' ? stand.url.searchParams.get('code') : undefined
  return code ? { code, verifier } : undefined
}

async function goOn({ browser, person }: LabSession, start: Stand): Promise<Stand> {
  let stand = start
  for (let page = 0; page < mostPages; page++) {
    if (stand.at !== 'page' || stand.status >= 400) return stand
    const ids = new Set(stand.forms.flatMap(({ buttons }) => buttons.map(({ id }) => id)))
    const { username, password } = person
    if (ids.has('login')) stand = await browser.press(stand, 'login', { username, password })
    else if (ids.has('approve')) stand = await browser.press(stand, 'approve')
    else if (ids.has('continue')) stand = await browser.press(stand, 'continue')
    else return stand
  }
  return stand
}

/** How an honest app asks again after an answer that was in doubt. */
export type Retries = {
  /** Milliseconds between two attempts. */
  readonly pause: number
  /** Milliseconds after which it gives up; the token stays what it was. */
  readonly within: number
  readonly isOver?: () => boolean
}

/**
 * Refreshes as an honest app does: after a 503 or no answer it asks again with the same token, at the next machine. True
 * where it has a new token at the end. Where `hangUp` the first answer is lost on its way.
 */
export async function refresh(stage: Stage, family: LabFamily, retries: Retries, hangUp = false): Promise<boolean> {
  const token = family.tokens.at(-1) ?? ''
  const deadline = performance.now() + retries.within
  let isLost = hangUp
  family.isBusy = true
  try {
    for (;;) {
      const { entry, json } = await present(stage, family, token, { isRetry: family.isInDoubt, hangUp: isLost })
      isLost = false
      if (entry.done) {
        const tokens = tokensOf(json)
        family.isInDoubt = false
        if (family.tokens.at(-1) !== tokens.refresh) family.tokens.push(tokens.refresh)
        family.access = tokens.access
        return true
      }
      if (entry.status !== undefined && entry.status < 500) {
        family.isOver = true
        return false
      }
      family.isInDoubt = true
      if (performance.now() > deadline || retries.isOver?.()) return false
      await wait(retries.pause)
    }
  } finally {
    family.isBusy = false
  }
}

/**
 * Ends a family by its newest token, asking again until it is answered; true where it was. Like every other end it comes
 * after a look, so that a machine that remembers what it has said has something to remember.
 */
export async function endFamily(stage: Stage, family: LabFamily, retries: Retries): Promise<boolean> {
  family.isOver = true
  await introspectEverywhere(stage, family)
  const deadline = performance.now() + retries.within
  for (;;) {
    const { entry } = await revoke(stage, family, family.tokens.at(-1) ?? '')
    if (entry.done) return true
    if (performance.now() > deadline || retries.isOver?.()) return false
    await wait(retries.pause)
  }
}

/** Signs out by the app's link, once; true where the browser was led back. */
export async function signOut(stage: Stage, session: LabSession): Promise<boolean> {
  const query = new URLSearchParams({
    id_token_hint: session.idToken,
    post_logout_redirect_uri: stage.client.returnTo,
  })
  session.isOver = true
  const bound = boundTo(stage, session)
  for (const family of bound) family.isOver = true
  await Promise.all(bound.slice(-2).map((family) => introspectEverywhere(stage, family)))
  return (await session.browser.open(`/logout?${query}`)).at === 'app'
}

/** The families that end with a session, in the order in which they began. */
export function boundTo({ families }: Stage, session: LabSession): readonly LabFamily[] {
  return families.filter((family) => family.session === session && !family.isOffline && family.tokens.length > 0)
}

/** A thief presents a token that was replaced twice: whoever holds it, the family ends. */
export async function stealToken(stage: Stage, family: LabFamily): Promise<boolean> {
  const stale = family.tokens.at(-3)
  if (stale === undefined) return false
  family.isOver = true
  await introspectEverywhere(stage, family)
  const { entry } = await present(stage, family, stale, { actor: 'thief', ends: true })
  return entry.error === 'invalid_grant'
}

/** A thief presents a code that was redeemed: what it began ends. */
export async function stealCode(stage: Stage, family: LabFamily): Promise<boolean> {
  family.isOver = true
  await introspectEverywhere(stage, family)
  const { entry } = await redeem(stage, family.code, {
    ...{ family: family.name, session: undefined },
    ...{ actor: 'thief', ends: true },
  })
  return entry.error === 'invalid_grant'
}

/** Asks every machine about a family's access token, where it has had one. */
export async function introspectEverywhere(stage: Stage, family: LabFamily): Promise<void> {
  if (family.access === '') return
  await Promise.all(stage.machines.map((at) => introspect(stage, family, family.access, { at })))
}
