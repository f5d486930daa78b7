import { type App, anApp, type Credentials, tokensOf } from '#test/faults/support/app.ts'
import { password } from '#test/faults/support/furnish.ts'
import type { HtmlForm } from '#test/support/html-form.ts'
import type { Page } from '#test/support/http-browser.ts'
import { aPerson, type Person } from '#test/support/person.ts'
import { type Field, fieldsOf } from './draft.ts'
import type { RequestingApp } from './requesting-app.ts'

/** A form that a page really has, and the cookies of the browser that it was shown to. */
export type OpenForm = { readonly path: string; readonly query: readonly Field[]; readonly fields: readonly Field[] }

/** What honest requests are made of: all of it valid when it was made. */
export type Materials = {
  readonly credentials: Credentials
  /** Cookies of a browser with a session, and of one without. */
  readonly cookies: readonly Field[]
  readonly strangerCookies: readonly Field[]
  readonly login: OpenForm
  readonly consent: OpenForm
  readonly selectAccount: OpenForm
  readonly logout: OpenForm
  /** Values that belong into one place each, to be tried in every other. */
  readonly slots: { readonly [name: string]: string }
}

/** The clients that honest requests come from: one that has all grants, and one with a key for tokens in the front channel. */
export type Clients = { readonly credentials: Credentials; readonly requesting: RequestingApp }

/** Makes materials, again and again; signs in with a password only where the session is gone. */
export function aForge(issuer: string, { credentials, requesting }: Clients, username: string) {
  const app = anApp(issuer, credentials)
  let person: Person | undefined

  async function code(): Promise<{ code: string; verifier: string }> {
    if (person) {
      const silent = await app.askSilently(person, 'openid')
      if (typeof silent !== 'string') return silent
    }
    person = aPerson({ issuer, username, password })
    const { url, verifier } = app.ask('openid')
    const answer = await person.authorize(url)
    return { code: answer.searchParams.get('code') ?? '', verifier }
  }

  return {
    /** A sign-in from the first page to the tokens; throws where it fails. */
    async signIn(): Promise<void> {
      person = undefined
      const { refresh } = tokensOf(await app.redeem(await code()))
      if (!tokensOf(await app.refresh(refresh)).access) throw new Error('an honest sign-in failed')
    },
    async forge(): Promise<Materials> {
      const spent = await code()
      const tokens = tokensOf(await app.redeem(spent))
      if (!tokens.access) throw new Error('no materials: an honest sign-in failed')
      const fresh = await code()
      const own = tokensOf(await app.ownToken('notes:0')).access
      return {
        credentials,
        ...(await openPages(app, issuer, person ?? aPerson({ issuer, username, password }))),
        slots: {
          code: fresh.code,
          verifier: fresh.verifier,
          spentCode: spent.code,
          access: tokens.access,
          refresh: tokens.refresh,
          idToken: tokens.id,
          ownToken: own,
          secret: credentials.secret,
          clientId: credentials.id,
          redirectUri: credentials.redirectUri,
          returnTo: credentials.returnTo,
          ...(await register(issuer)),
          tokensId: requesting.id,
          requestObject: requesting.objectFor(issuer, credentials.redirectUri),
        },
      }
    },
  }
}

/** Registers a client, as anybody may; its id and its token. */
async function register(
  issuer: string,
): Promise<{ readonly registeredId: string; readonly registrationToken: string }> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ redirect_uris: ['https://app.test/cb'] })
  const answer = await fetch(`${issuer}/register`, { method: 'POST', headers, body })
  const { client_id: id, registration_access_token: token } = (await answer.json()) as Record<string, unknown>
  if (answer.status !== 201) throw new Error(`an honest registration failed: ${answer.status}`)
  return { registeredId: String(id), registrationToken: String(token) }
}

/** Opens a page of each kind and reads its form; nothing is sent. */
async function openPages(app: App, issuer: string, person: Person) {
  const stranger = aPerson({ issuer, username: '', password: '' })
  const login = await stranger.browser.open(app.ask('openid').url)
  const consent = await person.browser.open(app.ask('openid notes:1', { prompt: 'consent' }).url)
  const selectAccount = await person.browser.open(app.ask('openid', { prompt: 'select_account' }).url)
  const logout = await person.browser.open(new URL('/logout', issuer))
  return {
    cookies: cookiesOf(person, issuer),
    strangerCookies: cookiesOf(stranger, issuer),
    login: openForm(login),
    consent: openForm(consent),
    selectAccount: openForm(selectAccount),
    logout: openForm(logout),
  }
}

function cookiesOf({ browser }: Person, issuer: string): readonly Field[] {
  return fieldsOf(Object.fromEntries(new URLSearchParams(browser.jar.header(new URL(issuer)).replaceAll('; ', '&'))))
}

function openForm(page: Page): OpenForm {
  const form: HtmlForm | undefined = page.forms.at(-1)
  if (!form) throw new Error(`no form on "${page.title}" (${page.status} at ${page.url.pathname})`)
  const button = form.buttons.find(({ name }) => name !== '')
  const pressed = button ? [{ name: button.name, value: button.value }] : []
  return {
    path: form.action.pathname,
    query: fieldsOf(Object.fromEntries(form.action.searchParams)),
    fields: [...fieldsOf(Object.fromEntries(form.fields)), ...pressed],
  }
}
