import { html } from 'ghtml'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import type { Tokens } from './sessions.ts'

/** What the page of a signed-in person shows. */
export type Visit = {
  readonly person: { readonly sub: string; readonly name: string }
  readonly tokens: Tokens
  /** What it took to get the answer, in order. */
  readonly steps: readonly string[]
  /** What the API said; status 0 where it said nothing. */
  readonly answer: { readonly status: number; readonly body: unknown }
}

/** The page of somebody who is not signed in. */
export function welcomePage(): string {
  const main = html`<section class="hero">
    <h1>Notes, and who may read them</h1>
    <p>A small app of somebody else’s. It keeps no passwords: the identity provider signs you in, and a separate service
      hands over your notes when it sees a token that allows it.</p>
    <p><a class="button" href="/sign-in" id="sign-in">Sign in</a></p>
    <ol class="how">
      <li><b>You sign in</b> at the provider and say what this app may see.</li>
      <li><b>The app gets tokens</b>, which it shows you once you are in.</li>
      <li><b>The API checks</b> the token against the provider’s public keys.</li>
    </ol>
  </section>`
  return layout('Notes', main)
}

/** The page of a signed-in person: the notes, and the tokens that opened them. */
export function homePage(visit: Visit): string {
  const { person, tokens } = visit
  const account = html`<span class="who">${person.name}</span>
    <form method="post" action="/sign-out"><button id="sign-out">Sign out</button></form>`
  const main = html`<h1>Hello, ${person.name}</h1>
    !${notesCard(visit)}
    <div class="columns">
      !${tokenCard(accessCard, tokens.accessToken, life(tokens))}
      !${tokenCard(idCard, tokens.idToken)}
    </div>
    <script src="/countdown.js" defer></script>`
  return layout(`${person.name} · Notes`, main, account)
}

/** Where the provider sends the browser after signing out. */
export function signedOutPage(): string {
  const main = html`<section class="hero">
    <h1>You are signed out</h1>
    <p>Here and at the identity provider. See you soon.</p>
    <p><a class="button" href="/sign-in">Sign in again</a></p>
  </section>`
  return layout('Signed out · Notes', main)
}

/** Something went wrong: what, why, and the way on. `code` is what a developer would search for. */
export function errorPage(title: string, why: string, code?: string): string {
  const main = html`<section class="hero" role="alert">
    <h1>${title}</h1>
    <p>${why}</p>
    !${code ? html`<p class="muted">The provider said <code id="error">${code}</code>.</p>` : ''}
    <p><a class="button" href="/sign-in">Sign in</a> <a class="quiet" href="/">Start page</a></p>
  </section>`
  return layout(`${title} · Notes`, main)
}

function layout(title: string, main: string, account = ''): string {
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${title}</title>
  <link rel="icon" href="data:,">
  <link rel="stylesheet" href="/style.css">
</head>
<body>
  <header><a class="brand" href="/">Notes</a><span class="tag">sample app</span><div class="account">!${account}</div></header>
  <main>!${main}</main>
</body>
</html>
`
}

function notesCard({ answer, steps }: Visit): string {
  const accepted = answer.status === 200
  return html`<section class="card">
    <h2>Your notes <span class="badge ${accepted ? 'good' : 'bad'}" id="api-status">${answer.status ? `API: ${answer.status}` : 'API: no answer'}</span></h2>
    !${accepted ? notesList(answer.body) : html`<p>The API turned the token away. Its answer says why.</p>`}
    <details !${accepted ? '' : 'open'}>
      <summary>What the API said</summary>
      <ol class="steps" id="steps">!${steps.map((step) => html`<li>${step}</li>`)}</ol>
      <pre id="api-answer" tabindex="0" role="region" aria-label="The answer of the API">${JSON.stringify(answer.body, null, 2)}</pre>
    </details>
  </section>`
}

function notesList(body: unknown): string {
  const notes = typeof body === 'object' && body !== null && 'notes' in body ? body.notes : []
  if (!Array.isArray(notes)) return ''
  return html`<ul class="notes">!${notes.map((note) => html`<li><b>${note.title}</b><span>${note.text}</span></li>`)}</ul>`
}

/** How long the access token lives on. The script counts down; without it the page shows the time of its making. */
function life({ expiresAt, renewAt }: Tokens): string {
  const left = Math.max(0, Math.round((expiresAt - Date.now()) / 1000))
  const whole = Math.round((expiresAt - renewAt) / 0.2 / 1000)
  return html`<p class="life" data-expires="${expiresAt}" data-renews="${renewAt}">
      <progress max="${whole}" value="${left}" aria-label="Lifetime left"></progress>
      <span role="timer">Expires in ${Math.floor(left / 60)} min ${left % 60} s</span>
    </p>
    <form method="post" action="/refresh"><button id="refresh">Refresh now</button>
      <span class="muted">Happens by itself at the first request after 80 % of its life.</span></form>`
}

type Card = { readonly id: string; readonly title: string; readonly purpose: string }

function tokenCard({ id, title, purpose }: Card, token: string, extra = ''): string {
  const decoded = decode(token)
  return html`<section class="card" id="${id}">
    <h2>${title}</h2>
    <p class="muted">${purpose}</p>
    !${extra}
    !${decoded ? claimsTable(decoded) : html`<p>It is opaque: only the provider can read it.</p>`}
  </section>`
}

const accessCard = {
  id: 'access-token',
  title: 'Access token',
  purpose: 'For the API. It says what this app may do there.',
}
const idCard = { id: 'id-token', title: 'ID token', purpose: 'For this app. It says who signed in, when and how.' }

type Decoded = { readonly header: object; readonly claims: object }

/** Header and claims of a JWT, for show only: who acts upon a token verifies it. */
function decode(token: string): Decoded | undefined {
  try {
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) }
  } catch {
    return undefined
  }
}

function claimsTable({ header, claims }: Decoded): string {
  const chips = Object.entries(header).map(([name, value]) => html`<li><b>${name}</b> ${String(value)}</li>`)
  const rows = Object.entries(claims).map(
    ([name, value]) => html`<tr><th scope="row" title="${meaning[name] ?? ''}">!${breakable(name)}</th>
      <td data-claim="${name}">${show(value)}<small>${dates.has(name) ? readable(value) : (meaning[name] ?? '')}</small></td></tr>`,
  )
  return html`<ul class="chips">!${chips}</ul><table><tbody>!${rows}</tbody></table>`
}

/** Long names break at their underscores, not inside a word. */
function breakable(name: string): string {
  return name
    .split('_')
    .map((word) => html`${word}`)
    .join('_<wbr>')
}

const dates = new Set(['exp', 'iat', 'nbf', 'auth_time'])
const meaning: { readonly [claim: string]: string } = {
  iss: 'who issued it',
  sub: 'the person',
  aud: 'whom it is for',
  fid: 'the sign-in at this app that it belongs to',
  ver: 'ended by a newer version of person, app or everything',
  client_id: 'the app it was given to',
  scope: 'what it allows',
  jti: 'its own number',
  sid: 'the session at the provider',
  nonce: 'ties it to this sign-in',
  amr: 'how the person signed in',
  acr: 'how sure the provider is',
  at_hash: 'ties it to the access token',
}

function show(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function readable(seconds: unknown): string {
  return typeof seconds === 'number' ? new Date(seconds * 1000).toUTCString() : ''
}
