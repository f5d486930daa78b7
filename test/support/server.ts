import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Config } from '#config/config.ts'
import { loadConfig } from '#config/load.ts'
import { type ApiRegistry, apiRegistry } from '#core/apis/api-registry.ts'
import { openAudit } from '#core/audit/audit.ts'
import { type ClientRegistry, clientRegistry } from '#core/clients/client-registry.ts'
import { secretSeal } from '#core/clients/sealed-secret.ts'
import { type KeyRing, openKeyRing } from '#core/keys/key-ring.ts'
import { announcer } from '#core/logout/announce.ts'
import { responseTypesWith } from '#core/oauth/response-type.ts'
import { allowList } from '#core/outbound/allow-list.ts'
import { type InitialTokenRegistry, initialTokenRegistry } from '#core/registration/initial-token-registry.ts'
import { type Endings, endings } from '#core/tokens/end.ts'
import { algsToUs } from '#core/tokens/open-jwe.ts'
import { openUses } from '#core/tokens/uses.ts'
import { type UserRegistry, userRegistry } from '#core/users/user-registry.ts'
import { openLogouts } from '#idp/open-logouts.ts'
import { openTrail } from '#idp/open-trail.ts'
import { ringKeySettings } from '#idp/ring-settings.ts'
import { wire } from '#idp/wire.ts'
import { createLogger } from '#server/http/logging.ts'
import { type Certificates, openCertificates } from '#server/http/tls.ts'
import { type Metrics, openMetrics } from '#server/management/metrics.ts'
import { openMemoryDurableStores } from '#stores/memory/durable-stores.ts'
import { openMemoryStores } from '#stores/memory/open-memory-stores.ts'
import { openStores } from '#stores/open.ts'
import { migrate } from '#stores/prisma/migrate.ts'
import type { Stores } from '#stores/stores.ts'
import { type TestClock, testClock } from './clock.ts'
import { freePorts } from './free-ports.ts'
import { layFirstKey } from './key-stock.ts'

export type ServerOptions = {
  /** `memory` is quick; `real` is SQLite and the embedded store, or what `flags` say (`redis.url`, `database.url`). */
  readonly stores?: 'memory' | 'real'
  /** Settings by name, as flags of the command: `{ 'keys.jwksMaxAge': '2s' }`. */
  readonly flags?: { readonly [setting: string]: string }
  /** Settings that are secrets, as the environment has them. */
  readonly env?: { readonly [variable: string]: string }
  readonly clock?: TestClock
  readonly isDevelopment?: boolean
  /** What is left to chance, from 0 to 1; 0 unless told. */
  readonly chance?: () => number
  /** Stands between the server and its stores, to make them fail. */
  readonly tamper?: (stores: Stores) => Stores
  /** Where its lines go; a list of its own unless told. */
  readonly log?: string[]
}

/** A real server in this process: it listens on a port of its own, and its time is the test's. */
export type TestServer = {
  readonly issuer: string
  readonly port: number
  readonly config: Config
  readonly clock: TestClock
  readonly stores: Stores
  readonly ring: KeyRing
  readonly app: FastifyInstance
  /** Of `listen.tls`, where flags name it. */
  readonly certificates: Certificates | undefined
  readonly metrics: Metrics
  readonly endings: Endings
  readonly clients: ClientRegistry
  readonly users: UserRegistry
  readonly apis: ApiRegistry
  readonly tokens: InitialTokenRegistry
  /** Every line that was logged. */
  readonly log: readonly string[]
  /** One round of the sender of logout notices; settles when nothing is under way. */
  sendLogouts(): Promise<void>
  /** Writes what waits to be written: the audit trail's batches, and the notes of uses. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** Starts a server. Close it where the test ends. */
export async function aServer(options: ServerOptions = {}): Promise<TestServer> {
  const directory = mkdtempSync(join(tmpdir(), 'signet-test-'))
  const clock = options.clock ?? testClock()
  const config = await configure(directory, options)
  const opened = options.stores === 'real' ? await openReal(config, clock) : openMemory(config, clock)
  const stores = options.tamper?.(opened) ?? opened
  const log = options.log ?? []
  const logger = createLogger({ log: { level: 'debug' } }, { write: (line: string) => void log.push(line) })
  const metrics = openMetrics(clock)
  const audit = openTrail({ stores, clock, logger, metrics })
  const uses = openUses({ facts: stores.facts, clock })
  const flush = async () => void (await Promise.all([audit.flush(), uses.flush()]))
  const settings = ringKeySettings(config)
  await layFirstKey(opened, { clock, settings })
  const ring = await openKeyRing({ store: stores.keys, memory: stores.keyMemory, clock, settings })
  const { chance = () => 0 } = options
  const { announce, logouts } = await openLogouts({ config, stores, ring, clock, logger, metrics, chance })
  const certificates = openCertificates({ tls: config.listen.tls, now: () => clock.now(), logger })
  if (certificates) metrics.watchCertificate(certificates.expires)
  const app = await wire({
    config,
    certificates,
    stores,
    ring,
    clock,
    audit,
    announce,
    uses,
    logger,
    metrics,
    isDevelopment: options.isDevelopment ?? false,
  })
  await app.listen({ host: config.listen.host, port: config.listen.port })
  return {
    issuer: config.issuer,
    port: config.listen.port,
    config,
    clock,
    stores,
    ring,
    app,
    certificates,
    metrics,
    log,
    flush,
    async sendLogouts() {
      await logouts.work.work(new AbortController().signal)
      await logouts.idle()
    },
    ...registriesOver(config, opened, ring, clock),
    async close() {
      ring.close()
      await app.close()
      certificates?.close()
      await flush()
      await opened.close()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function configure(directory: string, { flags, env }: ServerOptions): Promise<Config> {
  const [port = 0] = await freePorts(1)
  return loadConfig({
    mode: 'dev',
    env: env ?? {},
    flags: {
      'listen.port': String(port),
      issuer: `http://localhost:${port}`,
      'data.directory': join(directory, 'data'),
      'keys.directory': join(directory, 'keys'),
      // A machine that runs tests may be slower than any that serves people.
      'listen.answerWithin': '20s',
      ...flags,
    },
  })
}

function openMemory(config: Config, clock: TestClock): Stores {
  const durable = openMemoryDurableStores()
  const {
    check: _check,
    close: _close,
    ...fast
  } = openMemoryStores({
    clock,
    sessionIdle: config.sessions.idle,
    refreshLife: config.tokens.refreshAbsolute,
  })
  return { ...durable, ...fast, keys: durable.databaseKeys }
}

async function openReal(config: Config, clock: TestClock): Promise<Stores> {
  await migrate(config.database.url)
  return openStores(config, clock)
}

/** What an operator's command would use, over the very same stores. */
function registriesOver(
  { tokens, sessions, issuer, keys, outbound, authorize }: Config,
  stores: Stores,
  ring: KeyRing,
  clock: TestClock,
) {
  const { refreshAbsolute, longestLifetime } = tokens
  const audit = openAudit({ store: stores.audit, clock })
  const lives = { refreshAbsolute, longestLifetime, sessionAbsolute: sessions.absolute }
  const signs = (alg: string) => ring.algs().some((each) => each === alg)
  const ends = endings({ ...stores, announce: announcer(stores), clock, lives })
  return {
    endings: ends,
    tokens: initialTokenRegistry({ ...stores, audit, clock }),
    users: userRegistry({ ...stores, endings: ends, audit, clock }),
    clients: clientRegistry({
      ...stores,
      endings: ends,
      signs,
      opens: (alg) => algsToUs(ring.decryptionAlgs()).includes(alg),
      audit,
      clock,
      secretSeal: secretSeal(keys.secret),
      allow: allowList(outbound.allow),
      responseTypes: responseTypesWith(authorize.frontChannelTokens),
    }),
    apis: apiRegistry({ ...stores, limits: { issuer, longestLifetime }, signs, audit, clock }),
  }
}
