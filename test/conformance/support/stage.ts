import type { JWTPayload } from 'jose'
import { expect } from 'vitest'
import type { Page } from '#test/support/http-browser.ts'
import type { Run } from '../plans.ts'
import { browserScript } from './browser-script.ts'
import {
  checkAnswer,
  checkDiscovery,
  checkIdToken,
  checkRegistration,
  checkTokens,
  checkUserInfo,
  uninvited,
} from './checks.ts'
import type { Json, Op } from './op.ts'
import { type Answer, aRelyingParty, type RelyingParty, type RelyingPartyOptions } from './relying-party.ts'
import type { Changes, HttpAnswer } from './requests.ts'
import { type ScriptedBrowser, scriptedBrowser } from './scripted-browser.ts'

/** A flow that went well, with all its checks done. */
export type Passed = {
  readonly answer: Answer
  /** The token response; undefined where no code was asked for. */
  readonly tokens: HttpAnswer | undefined
  readonly idToken: string
  readonly claims: JWTPayload
  readonly accessToken: string | undefined
  readonly userInfo: Json | undefined
  /** The claims of the person, from where the response type delivers them (Core §5.4). */
  readonly person: Json
}

/** What a module plays on: its own clients, and a browser with an empty cookie jar. */
export type Stage = {
  readonly op: Op
  readonly run: Run
  readonly metadata: Json
  readonly browser: ScriptedBrowser
  readonly rp: RelyingParty
  /** Registers a further client. */
  client(options?: RelyingPartyOptions): Promise<RelyingParty>
  /** A whole flow with all the checks that run in every module. */
  pass(changes?: Changes, rp?: RelyingParty): Promise<Passed>
}

/** A module of the suite as we play it: what it asserts, in one sentence, and how. */
export type Module = { readonly asserts: string; readonly check: (stage: Stage) => Promise<unknown> }

/** Sets the stage for a module, plays it, and takes its registrations back. */
export async function play(op: Op, run: Run, { check }: Module): Promise<void> {
  const metadata = await checkDiscovery(op, run.method)
  const by = metadata.registration_endpoint === undefined ? 'static' : 'dynamic'
  const { responseType, responseMode, method } = run
  const registered: RelyingParty[] = []
  const client = async (options: RelyingPartyOptions = {}) => {
    const rp = await aRelyingParty(op, { responseType, responseMode, method, by, ...options })
    registered.push(rp)
    checkRegistration(op, rp)
    return rp
  }
  const script = browserScript({ ...op.person, issuer: op.issuer, suite: 'https://suite.test/*' })
  const browser = scriptedBrowser(op.issuer, script, { module: run.module })
  const rp = await client()
  const pass: Stage['pass'] = (changes, other = rp) => passThrough({ op, browser, rp: other }, changes)
  await check({ op, run, metadata, browser, rp, client, pass })
  for (const each of registered) {
    const left = await each.leave()
    if (left) expect(left.status).toBe(204)
  }
}

type Players = { readonly op: Op; readonly browser: ScriptedBrowser; readonly rp: RelyingParty }

async function passThrough({ op, browser, rp }: Players, changes: Changes = {}): Promise<Passed> {
  return complete(op, rp, await rp.answered(browser, changes))
}

/** What the suite does with an answer: checks it, redeems its code, verifies the ID tokens, asks UserInfo. */
export async function complete(op: Op, rp: RelyingParty, answer: Answer): Promise<Passed> {
  checkAnswer(op, rp, answer)
  const front = await checkFront(op, rp, answer)
  const code = answer.params.get('code')
  const tokens = code === null ? undefined : await rp.redeem(code)
  const back = tokens && (await checkBack(op, rp, { answer, tokens }))
  const claims = back ?? front
  if (!claims) throw new Error('neither endpoint answered an ID token')
  if (front && back) expect({ iss: front.iss, sub: front.sub }).toEqual({ iss: back.iss, sub: back.sub })
  const accessToken = textOf(tokens?.json.access_token) ?? answer.params.get('access_token') ?? undefined
  const userInfo = accessToken ? checkUserInfo(await rp.userInfo(accessToken), String(claims.sub)) : undefined
  for (const each of userInfo ? [front, back] : []) expect(each ? uninvited(each) : []).toEqual([])
  const idToken = textOf(tokens?.json.id_token) ?? answer.params.get('id_token') ?? ''
  return { answer, tokens, idToken, claims, accessToken, userInfo, person: userInfo ?? claims }
}

async function checkFront(op: Op, rp: RelyingParty, { params, asked }: Answer): Promise<JWTPayload | undefined> {
  const idToken = params.get('id_token')
  if (idToken === null) return undefined
  const accessToken = params.get('access_token') ?? undefined
  const code = params.get('code') ?? undefined
  return checkIdToken(op, rp, idToken, { nonce: asked.get('nonce'), accessToken, code, isFront: true })
}

async function checkBack(
  op: Op,
  rp: RelyingParty,
  { answer, tokens }: { readonly answer: Answer; readonly tokens: HttpAnswer },
): Promise<JWTPayload> {
  checkTokens(tokens)
  const accessToken = textOf(tokens.json.access_token)
  const nonce = answer.asked.get('nonce')
  return checkIdToken(op, rp, String(tokens.json.id_token), { nonce, accessToken })
}

/** Pages on which the person had to do something. */
export function questions({ shown }: { readonly shown: readonly Page[] }): readonly Page[] {
  return shown.filter(({ forms }) =>
    forms.some(({ buttons }) => buttons.some(({ id }) => /^(login|approve)$/.test(id))),
  )
}

/** Pages on which the person had to sign in. */
export function signIns({ shown }: { readonly shown: readonly Page[] }): readonly Page[] {
  return shown.filter(({ forms }) => forms.some(({ buttons }) => buttons.some(({ id }) => id === 'login')))
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
