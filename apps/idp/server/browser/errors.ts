import type { FastifyInstance } from 'fastify'
import { UnregisteredRedirectUri } from '#core/authorize/identify-party.ts'
import { checkRedirectUri } from '#core/clients/redirect-uri-rules.ts'
import { errorPage } from '#pages/error-page.ts'
import { unavailablePage } from '#pages/unavailable-page.ts'
import { faultOf } from '../http/faults.ts'
import type { BrowserParts } from './parts.ts'
import { sendPage } from './send-page.ts'

/** The door for errors on pages: what cannot be told to an app is told to the person, with a request id to quote. */
export function pageErrors(
  app: FastifyInstance,
  { site, isDevelopment }: Pick<BrowserParts, 'site' | 'isDevelopment'>,
): void {
  app.setErrorHandler(async (error, request, reply) => {
    const fault = faultOf(error)
    const requestId = request.id
    if (fault.isOurs) request.log.error({ err: error }, 'could not answer')
    if (fault.retryAfter !== undefined) reply.header('retry-after', String(Math.ceil(fault.retryAfter)))
    if (fault.status === 503)
      return sendPage(reply, unavailablePage({ site, retryAfter: fault.retryAfter, requestId }), { status: 503 })
    const { code, description, parameter } = fault
    const detail = isDevelopment && error instanceof UnregisteredRedirectUri ? mismatchOf(error) : undefined
    return sendPage(reply, errorPage({ site, code, description, parameter, requestId, detail }), {
      status: fault.status,
    })
  })
}

/** As long as a redirect URI can be registered; what is longer takes long to compare, and is no mistype. */
const longestShown = 2000

/**
 * What a developer needs to see why a redirect URI did not match, and the command that registers it beside the others
 * (a list replaces the list). No command where it could not be registered anyway: a stranger's text would only be copied
 * into a shell, and `--a-flag` read as one.
 */
function mismatchOf({ received: whole, client }: UnregisteredRedirectUri) {
  const received = whole.slice(0, longestShown)
  const registered = client.redirectUris
  if (checkRedirectUri(whole, client.applicationType)) return { received, registered }
  const all = [...registered, received].map((uri) => `'${uri.replaceAll("'", `'\\''`)}'`)
  return { received, registered, command: `signet clients update ${client.id} --redirect-uri ${all.join(' ')}` }
}
