import cookie from '@fastify/cookie'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { Config } from '#config/config.ts'
import { errorPage } from '#pages/error-page.ts'
import { type AllowedOriginsParts, allowedOrigins } from './backchannel/allowed-origins.ts'
import { type BackchannelParts, backchannel, wellKnown } from './backchannel/backchannel.ts'
import { type BrowserParts, browser } from './browser/browser.ts'
import { sendPage } from './browser/send-page.ts'
import { confineClientAddress } from './http/client-address.ts'
import { noteClientCertificates } from './http/client-certificates.ts'
import { allowCrossOrigin } from './http/cross-origin.ts'
import { answerInTime } from './http/deadline.ts'
import { faultOf } from './http/faults.ts'
import { parseForm } from './http/forms.ts'
import { secureAnswers } from './http/headers.ts'
import { checkHosts } from './http/hosts.ts'
import { listenerOptions, openListeners } from './http/listeners.ts'
import { logRequests } from './http/log-requests.ts'
import { loggingOptions, pathOf } from './http/logging.ts'
import { refuseOtherMethods } from './http/methods.ts'
import { requirePlainBodies } from './http/plain-bodies.ts'
import type { Certificates } from './http/tls.ts'

export type AppParts = {
  readonly logger: Logger
  readonly issuer: string
  readonly listen: Config['listen']
  /** The certificate of `listen.tls`; without it this server speaks http, and a proxy https. */
  readonly certificates: Certificates | undefined
  /** The address for clients with certificates, where it has an origin of its own. */
  readonly clientUrl: string | undefined
  readonly corsOrigins: readonly string[]
  readonly clientChanges: AllowedOriginsParts['clientChanges']
  readonly machines: BackchannelParts
  readonly people: BrowserParts
}

/** Requests at once, whatever they wait for: a store that hangs must not fill the memory with those who ask it. */
const mostUnderWay = 2000

/** Endpoints at which a client may have to prove itself, and that have an address for clients with certificates. */
const clientPaths = ['/token', '/introspect', '/revoke']

/** Builds the public server: one door for people, one for machines, each with its own way to say an error. */
export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const { logger, issuer, listen, machines, people, certificates } = parts
  const { protocol, host, hostname, pathname } = new URL(issuer)
  const base = pathname.replace(/\/$/, '')
  const isHttps = protocol === 'https:'
  const documents = documentPaths(base)
  const isPublicDocument = (path: string) => documents.has(path)
  const app = Fastify({
    ...listenerOptions({ isHttps, certificates }),
    ...loggingOptions(logger),
    trustProxy: listen.trustProxy.length > 0 ? [...listen.trustProxy] : false,
    routerOptions: { querystringParser: parseForm },
  })
  logRequests(app)
  answerInTime(app, { answerWithin: listen.answerWithin, mostUnderWay })
  const clientListener = openListeners(app, { isHttps, certificates, listen })
  secureAnswers(app, { isHttps })
  const clientHost = URL.parse(parts.clientUrl ?? '')?.host
  checkHosts(app, [host, hostname, clientHost ?? host, ...listen.hosts], isPublicDocument)
  confineClientAddress(app, {
    server: clientListener,
    host: clientHost,
    serves: (path) => isPublicDocument(path) || clientPaths.some((end) => path === base + end),
  })
  noteClientCertificates(app, { listen, asksClients: clientListener !== undefined })
  requirePlainBodies(app)
  const methodsOf = refuseOtherMethods(app)
  await allowCrossOrigin(app, {
    isPublicDocument,
    isForAnyPage: (path) => machines.registration !== undefined && `${path}/`.startsWith(`${base}/register/`),
    isForBrowsers: (path) => ['/token', '/userinfo', '/revoke'].some((end) => path === base + end),
    isAllowedOrigin: allowedOrigins({ ...people, clientChanges: parts.clientChanges }, parts.corsOrigins),
  })
  await app.register(cookie)
  app.removeContentTypeParser(['application/json', 'text/plain'])
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
    done(null, parseForm(String(body)))
  })
  app.setErrorHandler(sayError)
  app.setNotFoundHandler((request, reply) =>
    sayUnknown(request, reply, { methods: methodsOf(pathOf(request.url)), site: people.site }),
  )
  await app.register((scope) => wellKnown(scope, metadataPaths(base), machines.readMetadata))
  await app.register((scope) => backchannel(scope, machines), { prefix: base })
  await app.register((scope) => browser(scope, people), { prefix: base })
  return app
}

/** An issuer with a path has its metadata at both forms (RFC 8414 §3.1, §5; OpenID Connect Discovery 1.0 §4). */
function metadataPaths(base: string): readonly string[] {
  const names = ['openid-configuration', 'oauth-authorization-server']
  const all = names.flatMap((name) => [`${base}/.well-known/${name}`, `/.well-known/${name}${base}`])
  return [...new Set(all)]
}

function documentPaths(base: string): ReadonlySet<string> {
  return new Set([...metadataPaths(base), `${base}/.well-known/jwks.json`])
}

/** Outside both doors: unknown paths and requests that no route saw. */
async function sayError(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const fault = faultOf(error)
  if (fault.isOurs) request.log.error({ err: error }, 'could not answer')
  return reply.code(fault.status).send({ error: fault.code, error_description: fault.description })
}

type Unknown = { readonly methods: readonly string[] | undefined; readonly site: BrowserParts['site'] }

/** A wrong method is told the right ones; an unknown address is a page for people and JSON for machines. */
async function sayUnknown(request: FastifyRequest, reply: FastifyReply, unknown: Unknown): Promise<FastifyReply> {
  const { methods, site } = unknown
  const code = 'invalid_request'
  if (methods && !methods.includes(request.method)) {
    reply.code(405).header('allow', methods.join(', '))
    return reply.send({ error: code, error_description: `use ${methods.join(' or ')}` })
  }
  const description = 'there is nothing at this address'
  if (!request.headers.accept?.includes('text/html'))
    return reply.code(404).send({ error: code, error_description: description })
  return sendPage(reply, errorPage({ site, code, description, requestId: request.id }), { status: 404 })
}
