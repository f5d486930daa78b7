import { setTimeout as wait } from 'node:timers/promises'
import { aPerson } from '#test/support/person.ts'
import { type App, anApp, type Code, isStatus, type Reply, tokensOf } from './support/app.ts'
import { aCachingVerifier, type CachingVerifier } from './support/caching-verifier.ts'
import { apiScopes, furnish, furnishApp, furnishPeople, password } from './support/furnish.ts'
import { type JwksWatch, watchJwks } from './support/jwks-watch.ts'
import { aServeHome, type ServeHome, signetJson, startServe } from './support/serve-process.ts'

/** What happened while keys rotated; `failures` is empty where nobody noticed. */
export type RotationReport = {
  readonly seconds: number
  readonly signIns: number
  readonly refreshes: number
  readonly ownTokens: number
  /** Silent sign-ins with the ID token before as the hint. */
  readonly hints: number
  /** Sign-outs that the person's first ID token vouched for, in the end expired and signed by a retired key. */
  readonly signOuts: number
  readonly verifications: number
  /** The same tokens again, half a second before they expire. */
  readonly lateVerifications: number
  readonly keysSeen: number
  readonly keysLeft: number
  readonly mostKeysAtOnce: number
  readonly rotationsByCommand: number
  readonly failures: readonly string[]
}

/** Seconds, each the least that leaves a verifier with a cache no chance to see a mistake pass. */
const term = { rotateEvery: 5, jwksMaxAge: 3, pollEvery: 1, skew: 1, tokenLife: 5 }
const notice = term.jwksMaxAge + term.pollEvery + term.skew
const farewell = term.pollEvery + term.tokenLife + term.skew

const settings = {
  'keys.rotateEvery': `${term.rotateEvery}s`,
  'keys.jwksMaxAge': `${term.jwksMaxAge}s`,
  'keys.pollEvery': `${term.pollEvery}s`,
  'keys.skew': `${term.skew}s`,
  'tokens.accessLifetime': `${term.tokenLife}s`,
  'tokens.idLifetime': `${term.tokenLife}s`,
  'tokens.longestLifetime': `${term.tokenLife}s`,
}

type Tally = { -readonly [Name in keyof RotationReport]: RotationReport[Name] } & { failures: string[] }

type Load = {
  readonly home: ServeHome
  readonly app: App
  readonly verifiers: readonly CachingVerifier[]
  readonly watch: JwksWatch
  readonly tally: Tally
  readonly pending: Set<Promise<void>>
  readonly isOver: () => boolean
}

/** Lets a server rotate its keys every few seconds under load, by itself and by the command beside it. */
export async function rotateUnderLoad(seconds: number): Promise<RotationReport> {
  const home = await aServeHome(settings)
  const credentials = await furnish(home, async (registries) => {
    await furnishPeople(registries, ['ada', 'ben', 'cyd'])
    return furnishApp(registries)
  })
  const server = await startServe(home)
  try {
    const end = Date.now() + seconds * 1000
    const tally: Tally = { ...nothing, seconds, failures: [] }
    const verifiers = [0, 1, 2].map(() => aCachingVerifier(home.issuer))
    const watch = watchJwks(home.issuer, { notice, farewell })
    const isOver = () => Date.now() >= end
    const app = anApp(home.issuer, credentials)
    const load: Load = { home, app, verifiers, watch, tally, pending: new Set(), isOver }
    await Promise.all([
      ...['ada', 'ben'].map((username) => signInAgainAndAgain(load, username)),
      stayAndHint(load),
      ...[0, 1].map(() => askForOwnTokens(load)),
      rotateByCommand(load, seconds),
    ])
    await Promise.all(load.pending)
    const { seen, left, most, faults } = await watch.end()
    tally.failures.push(...faults)
    return { ...tally, keysSeen: seen, keysLeft: left, mostKeysAtOnce: most }
  } finally {
    server.kill('SIGKILL')
    await server.ended
    home.forget()
  }
}

const nothing = {
  signIns: 0,
  refreshes: 0,
  ownTokens: 0,
  hints: 0,
  signOuts: 0,
  verifications: 0,
  lateVerifications: 0,
  keysSeen: 0,
  keysLeft: 0,
  mostKeysAtOnce: 0,
  rotationsByCommand: 0,
}

/** Verifies a token with every verifier, now and shortly before it expires. */
function judge(load: Load, what: string, token: string): void {
  if (token === '') return void load.tally.failures.push(`${what}: no token`)
  load.watch.noteToken(token)
  const expires = Number(claimsOf(token).exp) * 1000
  const both = async () => {
    await verify(load, `${what}, fresh`, token)
    await wait(Math.max(0, expires - 500 - Date.now()))
    if (Date.now() > expires - 100) return
    await verify(load, `${what}, old`, token)
    load.tally.lateVerifications++
  }
  const judged = both().finally(() => load.pending.delete(judged))
  load.pending.add(judged)
}

async function verify({ verifiers, tally }: Load, what: string, token: string): Promise<void> {
  for (const [at, verifier] of verifiers.entries()) {
    try {
      await verifier.verify(token)
      tally.verifications++
    } catch (error) {
      // Only what expired while this machine was busy elsewhere is nobody's fault.
      if (Date.now() < Number(claimsOf(token).exp) * 1000) tally.failures.push(`${what}, verifier ${at}: ${error}`)
    }
  }
}

function claimsOf(token: string): { readonly [name: string]: unknown } {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

/** Takes the tokens of an answer that must be one. */
function accept(load: Load, what: string, reply: Reply) {
  if (!isStatus(reply, 200)) load.tally.failures.push(`${what}: ${JSON.stringify(reply)}`)
  const tokens = tokensOf(reply)
  judge(load, `${what}: access token`, tokens.access)
  if (tokens.id) judge(load, `${what}: ID token`, tokens.id)
  return tokens
}

/** A person signs in with a password at a new browser, refreshes a few times, signs out, and starts over. */
async function signInAgainAndAgain(load: Load, username: string): Promise<void> {
  const { home, app, tally, isOver } = load
  let firstIdToken: string | undefined
  while (!isOver()) {
    const person = aPerson({ issuer: home.issuer, username, password })
    const { url, verifier } = app.ask('openid profile')
    const answer = await person.authorize(url)
    const code = answer.searchParams.get('code')
    if (!code) tally.failures.push(`sign-in: ${answer.search}`)
    else {
      tally.signIns++
      const tokens = accept(load, 'sign-in', await app.redeem({ code, verifier }))
      await refreshAWhile(load, tokens.refresh)
      firstIdToken ??= tokens.id
      const page = await person.browser.open(app.logoutUrl(firstIdToken))
      if (page.left && page.url.href === app.credentials.returnTo) tally.signOuts++
      else tally.failures.push(`sign-out: ${page.status} ${page.title}`)
    }
  }
}

async function refreshAWhile(load: Load, first: string): Promise<void> {
  let token = first
  for (let time = 0; time < 4; time++) {
    await wait(100)
    token = accept(load, 'refresh', await load.app.refresh(token)).refresh
    load.tally.refreshes++
  }
}

/** A person stays signed in; the app asks silently, with its last ID token as the hint (docs/decisions/0010). */
async function stayAndHint(load: Load): Promise<void> {
  const { home, app, tally, isOver } = load
  const person = aPerson({ issuer: home.issuer, username: 'cyd', password })
  const first = app.ask('openid')
  const answer = await person.authorize(first.url)
  const code: Code = { code: answer.searchParams.get('code') ?? '', verifier: first.verifier }
  let hint = accept(load, 'sign-in', await app.redeem(code)).id
  while (!isOver()) {
    await wait(400)
    const silent = await app.askSilently(person, 'openid', { id_token_hint: hint })
    if (typeof silent === 'string') tally.failures.push(`id_token_hint: ${silent}`)
    else hint = accept(load, 'silent sign-in', await app.redeem(silent)).id
    tally.hints++
  }
}

async function askForOwnTokens(load: Load): Promise<void> {
  while (!load.isOver()) {
    accept(load, 'client_credentials', await load.app.ownToken(apiScopes[0] ?? ''))
    load.tally.ownTokens++
    await wait(30)
  }
}

/** An operator rotates beside the running server, once per algorithm and half-minute. */
async function rotateByCommand({ home, tally }: Load, seconds: number): Promise<void> {
  const algs = ['ES256', 'RS256']
  const times = Math.max(1, Math.round(seconds / 15))
  for (let time = 0; time < times; time++) {
    await wait((seconds * 1000) / (times + 1))
    const made = await signetJson(home, ['keys', 'rotate', '--alg', algs[time % 2] ?? ''])
    if (made?.kid) tally.rotationsByCommand++
    else tally.failures.push('signet keys rotate failed')
  }
}
