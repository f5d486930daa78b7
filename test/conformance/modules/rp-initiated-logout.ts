import { generateKeyPair, SignJWT } from 'jose'
import { expect } from 'vitest'
import { checkRefusal } from '../support/checks.ts'
import type { RelyingParty } from '../support/relying-party.ts'
import { type Changes, parameters } from '../support/requests.ts'
import { type Visit, visibleText } from '../support/scripted-browser.ts'
import type { Module, Stage } from '../support/stage.ts'

export const goodbye = 'https://suite.test/test/a/signet/post_logout_redirect'
const state = 'x7'.repeat(64)

/** A person who is signed in at a client that may send them off. */
type SignedIn = Stage & { readonly rp: RelyingParty; readonly hint: string }

/** Where the end of a session leads: back with the state and nothing else, or nowhere. */
export const rpInitiatedLogoutModules: { readonly [module: string]: Module } = {
  'oidcc-rp-initiated-logout': leadsBack('a hint, a registered address and a state of 128 signs', { state }),
  'oidcc-rp-initiated-logout-no-state': leadsBack('a hint and a registered address', {}),
  'oidcc-rp-initiated-logout-bad-post-logout-redirect-uri': staysHere(
    'an address that is not registered',
    ({ hint }) => ({
      id_token_hint: hint,
      post_logout_redirect_uri: `${goodbye}/other`,
      state,
    }),
  ),
  'oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri': staysHere(
    'a registered address with a query added',
    ({ hint }) => ({ id_token_hint: hint, post_logout_redirect_uri: `${goodbye}?foo=bar`, state }),
  ),
  'oidcc-rp-initiated-logout-modified-id-token-hint': staysHere(
    'a hint whose signature was taken away',
    ({ hint }) => ({
      id_token_hint: unsigned(hint),
      post_logout_redirect_uri: goodbye,
      state,
    }),
  ),
  'oidcc-rp-initiated-logout-bad-id-token-hint': staysHere('a hint that somebody else signed', async ({ hint }) => ({
    id_token_hint: await signedByAnother(hint),
    post_logout_redirect_uri: goodbye,
    state,
  })),
  'oidcc-rp-initiated-logout-no-id-token-hint': staysHere('a registered address, and nothing that says whose', () => ({
    post_logout_redirect_uri: goodbye,
    state,
  })),
  'oidcc-rp-initiated-logout-no-params': signsOut('nothing at all', () => ({})),
  'oidcc-rp-initiated-logout-only-state': signsOut('a state alone', () => ({ state })),
  'oidcc-rp-initiated-logout-no-post-logout-redirect-uri': signsOut('a hint and a state', ({ hint }) => ({
    id_token_hint: hint,
    state,
  })),
}

function leadsBack(what: string, changes: Changes): Module {
  return {
    asserts: `${what} lead back to that address with the state and nothing else; prompt=none finds nobody afterwards`,
    check: async (stage) => {
      const signedIn = await signIn(stage)
      await leave(signedIn, changes)
      await nobodyIsSignedIn(signedIn)
    },
  }
}

async function leave(signedIn: SignedIn, changes: Changes): Promise<Visit> {
  const known = { id_token_hint: signedIn.hint, post_logout_redirect_uri: goodbye }
  const visit = await logOut(signedIn, { ...known, ...changes })
  expect(visit.end.left).toBe(true)
  expect(visit.end.url.origin + visit.end.url.pathname).toBe(goodbye)
  expect(Object.fromEntries(visit.end.url.searchParams)).toEqual(changes)
  return visit
}

/** Signs out with everything that a client can say, and checks that it led back. */
export function leaveWithState(signedIn: SignedIn): Promise<Visit> {
  return leave(signedIn, { state })
}

/** Whether the session ends is the person's to say; where it leads is not the stranger's. */
function staysHere(what: string, ask: (signedIn: SignedIn) => Changes | Promise<Changes>): Module {
  return {
    asserts: `${what}: never a redirect, but a page that says what is wrong or asks the person`,
    check: async (stage) => {
      const signedIn = await signIn(stage)
      const { end, screenshots } = await logOut(signedIn, await ask(signedIn))
      expect(end.left).toBe(false)
      expect(screenshots).toHaveLength(1)
    },
  }
}

function signsOut(what: string, ask: (signedIn: SignedIn) => Changes): Module {
  return {
    asserts: `${what}: the person is asked if need be, then told that it is done; prompt=none finds nobody afterwards`,
    check: async (stage) => {
      const signedIn = await signIn(stage)
      const { end } = await logOut(signedIn, ask(signedIn))
      expect(end.left).toBe(false)
      expect(visibleText(end)).toMatch(/signed out/)
      await nobodyIsSignedIn(signedIn)
    },
  }
}

async function signIn(stage: Stage): Promise<SignedIn> {
  const rp = await stage.client({ metadata: { post_logout_redirect_uris: [goodbye] } })
  const { idToken } = await stage.pass({}, rp)
  return { ...stage, rp, hint: idToken }
}

function logOut({ browser, metadata }: SignedIn, fields: Changes): Promise<Visit> {
  return browser.visit(`${metadata.end_session_endpoint}?${parameters(fields)}`)
}

/** A silent request finds nobody. */
export async function nobodyIsSignedIn({ op, rp, browser }: SignedIn): Promise<void> {
  checkRefusal(op, rp, await rp.answered(browser, { prompt: 'none' }), ['login_required', 'interaction_required'])
}

function unsigned(idToken: string): string {
  const header = Buffer.from(JSON.stringify({ alg: 'none', typ: 'JWT' })).toString('base64url')
  return `${header}.${idToken.split('.')[1]}.`
}

async function signedByAnother(idToken: string): Promise<string> {
  const part = (index: number) => JSON.parse(Buffer.from(idToken.split('.')[index] ?? '', 'base64url').toString())
  const { privateKey } = await generateKeyPair('RS256')
  return new SignJWT(part(1)).setProtectedHeader(part(0)).sign(privateKey)
}
