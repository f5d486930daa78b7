import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Config } from '#config/config.ts'
import type { Audit } from '#core/audit/audit.ts'
import { requestKeeper } from '#core/authorize/begin-request.ts'
import { codeIssuer } from '#core/authorize/issue-code.ts'
import { requestReader } from '#core/authorize/read-request.ts'
import { clientAuthenticator } from '#core/clients/authenticate-client.ts'
import type { Clock } from '#core/clock.ts'
import { metadata } from '#core/discovery/metadata.ts'
import { authorizationCodeGrant } from '#core/grants/authorization-code.ts'
import { clientCredentialsGrant } from '#core/grants/client-credentials.ts'
import { refreshTokenGrant } from '#core/grants/refresh-token.ts'
import { tokenEndpoint } from '#core/grants/token-endpoint.ts'
import type { KeyRing } from '#core/keys/key-ring.ts'
import { openLogout } from '#core/logout/end-session.ts'
import { openBrowserSessions } from '#core/sessions/browser-session.ts'
import { endings } from '#core/tokens/end.ts'
import { introspector } from '#core/tokens/introspect.ts'
import { openMint } from '#core/tokens/mint.ts'
import { accessTokenReader } from '#core/tokens/read-access-token.ts'
import { idTokenReader } from '#core/tokens/read-id-token.ts'
import { refreshTokenReader } from '#core/tokens/read-refresh-token.ts'
import { tokenRevoker } from '#core/tokens/revoke.ts'
import { jwtSigner } from '#core/tokens/sign.ts'
import { jwtVerifier } from '#core/tokens/verify-jwt.ts'
import { openDeviceMarks } from '#core/users/device.ts'
import { openPasswords } from '#core/users/password.ts'
import { passwordSignIn } from '#core/users/sign-in.ts'
import { buildApp } from '#server/app.ts'
import { documentOf } from '#server/backchannel/documents.ts'
import { makeCookies } from '#server/http/cookies.ts'
import { measureRequests } from '#server/management/measure-requests.ts'
import type { Metrics } from '#server/management/metrics.ts'
import type { Stores } from '#stores/stores.ts'

/** What a server is wired from. */
export type Wiring = {
  readonly config: Config
  readonly stores: Stores
  readonly ring: KeyRing
  readonly clock: Clock
  readonly audit: Audit
  readonly logger: Logger
  readonly metrics: Metrics
  /** Pages may show a developer what production keeps to itself. */
  readonly isDevelopment: boolean
}

/** How a password sign-in is ranked: one factor, no more. */
const acr = 'aal1'

/** The only place where parts meet: read it to know what runs. */
export async function wire(wiring: Wiring): Promise<FastifyInstance> {
  const { config, stores, ring, clock, audit, logger, metrics, isDevelopment } = wiring
  const { issuer, tokens } = config
  const core = wireTokens(wiring)
  const people = wirePeople({ ...wiring, ...core })
  const readMetadata = documentOf(
    () => ring.algs(),
    (algs) => metadata({ issuer, grantTypes: core.grants.map((grant) => grant.type), algs, acrValues: [acr] }),
    config.keys.jwksMaxAge,
  )
  const token = tokenEndpoint(core.authenticate, core.grants)
  const app = await buildApp({
    logger,
    issuer,
    listen: config.listen,
    corsOrigins: config.cors.origins,
    machines: { ...core, issuer, clock, ring, token, readMetadata },
    people: {
      ...people,
      issuer,
      clock,
      audit,
      clients: stores.clients,
      apis: stores.apis,
      consents: stores.consents,
      requests: stores.requests,
      isDevelopment,
      beginRequest: requestKeeper({ ...stores, limits: config.throttle }),
      issueCode: codeIssuer({ codes: stores.codes, clock, lifetime: tokens.codeLifetime, acr }),
    },
  })
  measureRequests(app, metrics)
  return app
}

/** Everything about tokens: minting, reading, ending, and the grants that hand them out. */
function wireTokens({ config, stores, ring, clock, audit }: Wiring) {
  const { issuer, tokens, sessions, throttle } = config
  const { accessLifetime, idLifetime, longestLifetime, refreshAbsolute } = tokens
  const verify = jwtVerifier(ring, issuer)
  const mint = openMint({
    issuer,
    clock,
    ring,
    sign: jwtSigner(ring),
    accessTokens: stores.accessTokens,
    lifetimes: { access: accessLifetime, id: idLifetime, longest: longestLifetime },
    accessAlg: tokens.accessAlg,
  })
  const lives = { refreshAbsolute, sessionAbsolute: sessions.absolute, longestLifetime }
  const ends = endings({ ...stores, clock, lives })
  const readRefreshToken = refreshTokenReader(ring, issuer)
  const readAccessToken = accessTokenReader({ ...stores, verify })
  const parts = { ...stores, issuer, clock, ring, mint, endings: ends, audit, readRefreshToken, refreshAbsolute }
  const rules = { idle: tokens.refreshIdle, grace: tokens.refreshGrace, gracePublic: tokens.refreshGracePublic }
  return {
    endings: ends,
    readAccessToken,
    readIdToken: idTokenReader(verify),
    authenticate: clientAuthenticator({ ...stores, audit, clock, limits: throttle }),
    introspect: introspector({ ...stores, issuer, readAccessToken, readRefreshToken, refreshIdle: tokens.refreshIdle }),
    revoke: tokenRevoker({ ...stores, readAccessToken, readRefreshToken, endings: ends, audit }),
    grants: [authorizationCodeGrant(parts), refreshTokenGrant({ ...parts, rules }), clientCredentialsGrant(parts)],
  }
}

/** Everything about people: sign-in, sessions, sign-out, and what their pages need. */
function wirePeople({
  config,
  stores,
  ring,
  clock,
  metrics,
  audit,
  endings: ends,
  readIdToken,
}: Wiring & ReturnType<typeof wireTokens>) {
  const { issuer, pages } = config
  const { protocol, pathname } = new URL(issuer)
  const passwords = openPasswords({
    ...config.passwords,
    taken: metrics.passwordHashed,
    refused: metrics.passwordRefused,
  })
  metrics.watchPasswordQueue(() => passwords.load().waiting)
  return {
    site: { name: pages.name, basePath: pathname.replace(/\/$/, '') },
    cookies: makeCookies({ isHttps: protocol === 'https:' }),
    devices: openDeviceMarks(ring, issuer),
    sessions: openBrowserSessions({ ...stores, endings: ends, audit, ring, clock, absolute: config.sessions.absolute }),
    signIn: passwordSignIn({ ...stores, passwords, audit, limits: config.throttle }),
    logout: openLogout({ clients: stores.clients, readIdToken, endings: ends, audit }),
    readRequest: requestReader({
      apis: stores.apis,
      issuer,
      readHint: readIdToken,
      lifetime: config.requests.lifetime,
      acrValues: [acr],
    }),
  }
}
