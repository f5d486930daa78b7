import { readFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** A single-page app on oidc-client-ts: static files, no server of its own, no secret; tokens stay in the tab. */
export async function singlePageApp(settings: Readonly<Record<string, unknown>>): Promise<RequestListener> {
  const entry = createRequire(import.meta.url).resolve('oidc-client-ts')
  const library = await readFile(join(dirname(entry), '../browser/oidc-client-ts.min.js'))
  const files = new Map([
    ['/library.js', { type: 'text/javascript', body: library }],
    ['/app.js', { type: 'text/javascript', body: script(settings) }],
  ])
  return (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const file = files.get(pathname) ?? { type: 'text/html; charset=utf-8', body: page }
    response.writeHead(200, { 'content-type': file.type }).end(file.body)
  }
}

const page = `<!doctype html><html lang="en"><head><title>Single page</title><link rel="icon" href="data:,"></head><body>
<button id="sign-in">Sign in</button> <button id="renew">Renew</button> <button id="sign-out">Sign out</button>
<pre id="status"></pre>
<script src="/library.js"></script><script src="/app.js"></script></body></html>`

function script(settings: Readonly<Record<string, unknown>>): string {
  return `
const manager = new oidc.UserManager(${JSON.stringify(settings)})
const show = (state) => { document.getElementById('status').textContent = JSON.stringify(state) }
const tell = (user) => show(user
  ? { name: user.profile.name, sub: user.profile.sub, token: user.access_token.split('.')[1], at: location.pathname }
  : { signedOut: true })
const fail = (error) => show({ failed: error.error ?? String(error) })
const on = (id, act) => document.getElementById(id).addEventListener('click', () => act().catch(fail))
on('sign-in', () => manager.signinRedirect())
on('renew', () => manager.signinSilent().then(tell))
on('sign-out', () => manager.signoutRedirect())
async function begin() {
  if (location.pathname !== '/callback') return tell(await manager.getUser())
  const user = await manager.signinCallback()
  history.replaceState({}, '', '/')
  tell(user)
}
begin().catch(fail)
`
}
