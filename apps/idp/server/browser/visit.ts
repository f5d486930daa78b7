import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AuthorizationRequest } from '#core/authorize/authorization-request.ts'
import { UnregisteredRedirectUri } from '#core/authorize/identify-party.ts'
import type { RequestStore } from '#core/authorize/request-store.ts'
import type { Client } from '#core/clients/client.ts'
import { findRegistered } from '#core/clients/redirect-uri.ts'
import { refuse } from '#core/oauth/error.ts'
import { optional } from '#core/oauth/form.ts'
import { digest, random } from '#core/oauth/random.ts'
import type { App } from '#pages/app.ts'
import { startAgainPage } from '#pages/start-again-page.ts'
import { readForm } from '../http/forms.ts'
import type { BrowserParts } from './parts.ts'
import { sendPage } from './send-page.ts'

/** A browser that has come back to a request of its own. `browser` is its cookie, the key of its forms. */
export type Visit = { readonly request: AuthorizationRequest; readonly client: Client; readonly browser: string }

/** Seconds, half a year: a browser that opens several tabs at its next start shows one cookie in all of them. */
const browserLife = 180 * 86_400

/** The browser's cookie; a browser without one is given one. */
export function knowBrowser(parts: BrowserParts, request: FastifyRequest, reply: FastifyReply): string {
  const known = parts.cookies.browser.read(request)
  if (known !== undefined) return known
  const made = random('', 24)
  parts.cookies.browser.set(reply, made, browserLife)
  return made
}

/**
 * The request that a page belongs to, if this browser began it. Otherwise the page to start again has been sent, and the
 * result is undefined: a request that is over, expired or unknown is no dead end, and another browser's is refused.
 */
export async function openVisit(
  parts: BrowserParts,
  http: FastifyRequest,
  reply: FastifyReply,
): Promise<Visit | undefined> {
  const id = optional(readForm(http.query), 'id') ?? ''
  const found = await parts.requests.find(id)
  if (found?.state !== 'open')
    return startAgain(parts, http, reply, found?.state === 'ended' ? found.clientId : undefined)
  // Another site's form shows no cookie: a new one would take the place of the browser's own, and its pages would be lost.
  const browser = http.method === 'POST' ? parts.cookies.browser.read(http) : knowBrowser(parts, http, reply)
  if (browser === undefined) return startAgain(parts, http, reply, undefined)
  const request = await bind(parts.requests, found.request, digest(browser))
  if (!request) return startAgain(parts, http, reply, undefined)
  const client = await parts.clients.find(request.clientId)
  if (!client?.enabled) refuse('unauthorized_client', 'this client is disabled', { parameter: 'client_id' })
  // An operator who takes an address away means now, not after the last request that names it.
  if (!findRegistered(client, request.redirectUri)) throw new UnregisteredRedirectUri(request.redirectUri, client)
  return { request, client, browser }
}

/** A request that came by a cross-site form is bound to the first browser that shows a cookie, and to no other. */
async function bind(
  requests: RequestStore,
  request: AuthorizationRequest,
  browserHash: string,
): Promise<AuthorizationRequest | undefined> {
  if (request.browserHash === browserHash) return request
  if (request.browserHash !== undefined || !(await requests.claim(request.id, browserHash))) return undefined
  return { ...request, browserHash }
}

/** The friendly way out: what happened, and the way back to the app where it is known. */
export async function startAgain(
  parts: BrowserParts,
  http: FastifyRequest,
  reply: FastifyReply,
  clientId: string | undefined,
): Promise<undefined> {
  const client = clientId === undefined ? undefined : await parts.clients.find(clientId)
  const reason = clientId === undefined ? 'unknown' : 'ended'
  const shown = client && { name: client.name, uri: client.clientUri }
  sendPage(reply, startAgainPage({ site: parts.site, reason, client: shown, requestId: http.id }), {
    status: reason === 'ended' ? 409 : 400,
  })
  return undefined
}

/** A client as the pages show it, with the host that the person will be led back to. */
export function appOf({ site, logos }: Pick<BrowserParts, 'site' | 'logos'>, client: Client, redirectUri: string): App {
  const host = URL.canParse(redirectUri) ? new URL(redirectUri).host : ''
  const logo = logos.pathOf(client)
  const logoUri = logo && `${site.basePath ?? ''}${logo}`
  return { name: client.name, host, logoUri, policyUri: client.policyUri, tosUri: client.tosUri }
}
