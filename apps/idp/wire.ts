import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import type { Config } from '#config/config.ts'
import type { Audit } from '#core/audit/audit.ts'
import { requestKeeper } from '#core/authorize/begin-request.ts'
import { answerIssuer } from '#core/authorize/issue-answer.ts'
import { requestOpener } from '#core/authorize/open-request.ts'
import { requestReader } from '#core/authorize/read-request.ts'
import { requestObjectReader } from '#core/authorize/request-object.ts'
import { clientAuthenticator } from '#core/clients/authenticate-client.ts'
import { assertionVerifier } from '#core/clients/client-assertion.ts'
import { clientJwtVerifier } from '#core/clients/client-jwt.ts'
import { clientKeyFinder } from '#core/clients/client-keys.ts'
import { clientLogos } from '#core/clients/client-logo.ts'
import { secretSeal } from '#core/clients/sealed-secret.ts'
import type { Clock } from '#core/clock.ts'
import { metadata } from '#core/discovery/metadata.ts'
import { authorizationCodeGrant } from '#core/grants/authorization-code.ts'
import { clientCredentialsGrant } from '#core/grants/client-credentials.ts'
import { refreshTokenGrant } from '#core/grants/refresh-token.ts'
import { tokenEndpoint } from '#core/grants/token-endpoint.ts'
import type { KeyRing } from '#core/keys/key-ring.ts'
import { openLogout } from '#core/logout/end-session.ts'
import { frameFinder } from '#core/logout/front-channel.ts'
import { responseTypesWith } from '#core/oauth/response-type.ts'
import { openBrowserSessions } from '#core/sessions/browser-session.ts'
import { familyBeginner } from '#core/tokens/begin-family.ts'
import { clientEncryption } from '#core/tokens/encrypt-for-client.ts'
import { type Announce, endings } from '#core/tokens/end.ts'
import { idTokenMaker } from '#core/tokens/id-token.ts'
import { introspector } from '#core/tokens/introspect.ts'
import { openMint } from '#core/tokens/mint.ts'
import { opaqueTokenReader } from '#core/tokens/opaque-token.ts'
import { jweOpener } from '#core/tokens/open-jwe.ts'
import { accessTokenReader } from '#core/tokens/read-access-token.ts'
import { idTokenReader } from '#core/tokens/read-id-token.ts'
import { ownHintReader } from '#core/tokens/read-own-hint.ts'
import { refreshTokenReader } from '#core/tokens/read-refresh-token.ts'
import { tokenRevoker } from '#core/tokens/revoke.ts'
import { jwtSigner } from '#core/tokens/sign.ts'
import type { Uses } from '#core/tokens/uses.ts'
import { jwtVerifier } from '#core/tokens/verify-jwt.ts'
import { userInfoWriter } from '#core/tokens/write-user-info.ts'
import { openDeviceMarks } from '#core/users/device.ts'
import { openPasswords } from '#core/users/password.ts'
import { passwordSignIn } from '#core/users/sign-in.ts'
import { openFetcher } from '#idp/outbound/open-fetcher.ts'
import { buildApp } from '#server/app.ts'
import { documentOf } from '#server/backchannel/documents.ts'
import { makeCookies } from '#server/http/cookies.ts'
import type { Certificates } from '#server/http/tls.ts'
import { measureRequests } from '#server/management/measure-requests.ts'
import type { Metrics } from '#server/management/metrics.ts'
import type { Stores } from '#stores/stores.ts'
import { clientCertificates } from './client-certificates.ts'
import { openSubjects } from './open-subjects.ts'
import { wireRegistration, withUsesNoted } from './wire-registration.ts'

/** What a server is wired from. */
export type Wiring = {
  readonly config: Config
  readonly stores: Stores
  readonly ring: KeyRing
  readonly clock: Clock
  readonly audit: Audit
  readonly announce: Announce
  /** Whoever wires flushes them after the app has closed. */
  readonly uses: Uses
  readonly logger: Logger
  readonly metrics: Metrics
  /** The certificate of `listen.tls`; whoever wires closes it. */
  readonly certificates?: Certificates | undefined
  /** Pages may show a developer what production keeps to itself. */
  readonly isDevelopment: boolean
}

/** How a password sign-in is ranked: one factor, no more. */
const acr = 'aal1'

/** The only place where parts meet: read it to know what runs. */
export async function wire(wiring: Wiring): Promise<FastifyInstance> {
  const { config, stores, ring, clock, audit, logger, metrics, isDevelopment, certificates } = wiring
  const { issuer, tokens } = config
  const responseTypes = responseTypesWith(config.authorize.frontChannelTokens)
  const shared = await wireShared(wiring)
  const core = wireTokens({ ...wiring, ...shared })
  const people = wirePeople({ ...wiring, ...shared, ...core })
  const tls = clientCertificates(config)
  const registration = wireRegistration({ ...wiring, ...shared, ...core })
  const grantTypes = core.grants.map((grant) => grant.type)
  const told = { issuer, grantTypes, responseTypes, acrValues: [acr], ...tls, registers: registration !== undefined }
  const readMetadata = documentOf(
    () => ({ algs: ring.algs(), decryptionAlgs: ring.decryptionAlgs() }),
    (keys) => metadata({ ...told, ...keys }),
    config.keys.jwksMaxAge,
  )
  const endpoints = { issuer, clock, ring, readMetadata, token: tokenEndpoint(core.authenticate, core.grants) }
  const app = await buildApp({
    logger,
    issuer,
    listen: config.listen,
    certificates,
    clientUrl: tls.clientUrl,
    corsOrigins: config.cors.origins,
    clientChanges: stores.clientChanges,
    machines: { ...core, ...endpoints, registration, userInfoMaxAge: config.userinfo.maxAge },
    people: {
      ...people,
      issuer,
      clock,
      audit,
      clients: stores.clients,
      logos: clientLogos({ ...shared, clients: stores.clients, clock }),
      apis: stores.apis,
      consents: stores.consents,
      requests: stores.requests,
      responseTypes,
      isDevelopment,
      beginRequest: requestKeeper({ ...stores, limits: config.throttle }),
      issueAnswer: answerIssuer({ ...stores, ...core, issuer, clock, codeLifetime: tokens.codeLifetime, acr }),
    },
  })
  measureRequests(app, metrics)
  return app
}

/** What several parts are wired with. */
type Shared = Awaited<ReturnType<typeof wireShared>>

async function wireShared({ config, stores, ring, clock, logger }: Wiring) {
  const fetcher = openFetcher({
    allow: config.outbound.allow,
    clock,
    failed: (origin, { reason, detail }) =>
      logger.warn({ event: 'outbound_failed', origin, reason, detail }, 'a request of ours brought nothing'),
  })
  const findKey = clientKeyFinder(fetcher)
  const verifyClientJwt = clientJwtVerifier({ findKey, secretSeal: secretSeal(config.keys.secret) })
  const subjects = await openSubjects(config, stores)
  return {
    fetcher,
    findKey,
    verifyClientJwt,
    openJwe: jweOpener(ring),
    encryption: clientEncryption(findKey),
    subjects,
  }
}

/** Everything about tokens: minting, reading, ending, and the grants that hand them out. */
function wireTokens(wiring: Wiring & Shared) {
  const { config, stores, ring, clock, audit, announce, uses, subjects, findKey, encryption } = wiring
  const { issuer, tokens, sessions, throttle } = config
  const { accessLifetime, idLifetime, longestLifetime, refreshAbsolute } = tokens
  const verify = jwtVerifier(ring, issuer)
  const sign = jwtSigner(ring)
  const mint = openMint({
    issuer,
    clock,
    ring,
    sign,
    makeIdToken: idTokenMaker({ issuer, sign, ...subjects, encryption, lifetime: idLifetime }),
    encryption,
    lifetimes: { access: accessLifetime, longest: longestLifetime },
    accessAlg: tokens.accessAlg,
  })
  const lives = { refreshAbsolute, sessionAbsolute: sessions.absolute, longestLifetime }
  const ends = endings({ ...stores, announce, clock, lives })
  const readRefreshToken = refreshTokenReader(ring, issuer)
  const readIdToken = idTokenReader(verify, wiring.openJwe)
  const readAccessToken = accessTokenReader({ ...stores, verify, readOpaqueToken: opaqueTokenReader(ring, issuer) })
  const beginFamily = familyBeginner({ ...stores, clock, ring, refreshAbsolute })
  const basics = { ...stores, issuer, clock, mint, endings: ends, audit, uses }
  const parts = { ...basics, readRefreshToken, beginFamily, ...subjects }
  const verifyAssertion = assertionVerifier({ ...wiring, audiences: [issuer, `${issuer}/token`] })
  const rules = { idle: tokens.refreshIdle, grace: tokens.refreshGrace, gracePublic: tokens.refreshGracePublic }
  return {
    mint,
    beginFamily,
    endings: ends,
    readAccessToken,
    readIdToken,
    readOwnHint: ownHintReader({ ...stores, ...subjects, readIdToken }),
    subjectFor: subjects.subjectFor,
    writeUserInfo: userInfoWriter({ issuer, sign, encryption }),
    authenticate: withUsesNoted(wiring, clientAuthenticator({ ...parts, limits: throttle, verifyAssertion, findKey })),
    introspect: introspector({ ...stores, ...parts, readAccessToken, refreshIdle: tokens.refreshIdle }),
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
  uses,
  endings: ends,
  readIdToken,
  readOwnHint,
  ...shared
}: Wiring & Shared & ReturnType<typeof wireTokens>) {
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
    sessions: openBrowserSessions({ ...stores, ...config.sessions, endings: ends, audit, uses, ring, clock }),
    subjectFor: shared.subjects.subjectFor,
    signIn: passwordSignIn({ ...stores, passwords, audit, limits: config.throttle }),
    logout: openLogout({
      clients: stores.clients,
      findFrames: frameFinder({ ...stores, ...shared.subjects, issuer }),
      readIdToken: readOwnHint,
      endings: ends,
      audit,
    }),
    openRequest: requestOpener(requestObjectReader({ issuer, ...shared }), stores.clients),
    readRequest: requestReader({
      apis: stores.apis,
      issuer,
      readHint: readIdToken,
      lifetime: config.requests.lifetime,
      acrValues: [acr],
    }),
  }
}
