import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Config } from '#config/config.ts'
import { loadConfigWithSources } from '#config/load.ts'
import { type Program, type RunningChild, startChild } from './dev-child.ts'
import { checkPorts } from './dev-port.ts'
import type { RunningProvider } from './dev-provider.ts'
import { type DevPlaces, demoUsername } from './dev-seed.ts'
import { untilAsked } from './dev-signal.ts'
import { devSummary } from './dev-summary.ts'
import { exitCodes, Failure } from './exit-code.ts'

/** Flags of `signet dev`, as they were written. */
export type DevOptions = {
  readonly port?: string | undefined
  readonly managementPort?: string | undefined
  readonly appPort?: string | undefined
  readonly apiPort?: string | undefined
  readonly dataDir?: string | undefined
  readonly keysDir?: string | undefined
  /** Other settings, by name; `config` names a YAML file. */
  readonly settings?: { readonly [name: string]: string }
}

/**
 * Provider, sample app and sample API on one machine, with nothing to configure: makes what is missing, starts all three
 * at once, says what to open first, and runs until it is asked to stop. Several of them run side by side on ports and
 * folders of their own.
 */
export async function dev(options: DevOptions): Promise<void> {
  const config = readConfig(options)
  const ports = {
    app: readPort('--app-port', options.appPort, 3001),
    api: readPort('--api-port', options.apiPort, 3002),
  }
  await checkPorts(wantedPorts(config, ports))

  const directory = resolve(config.data.directory)
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const places: DevPlaces = {
    app: `http://localhost:${ports.app}`,
    api: `http://localhost:${ports.api}`,
    secretFile: join(directory, 'sample-app.secret'),
  }
  const running = await startAll(config, places, ports)
  const asked = untilAsked()
  process.stdout.write(summaryOf(config, places, running.provider))

  for (const child of running.children) {
    child.ended.then(
      (how) => asked.isPending && process.stderr.write(`The ${child.name} ended ${how}. Restart signet dev.\n`),
    )
  }
  const signal = await asked.signal
  await Promise.all([running.provider.close(), ...running.children.map((child) => child.stop())])
  process.exitCode = signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.done
}

function readConfig(options: DevOptions): Config {
  const named = {
    'listen.port': options.port,
    'management.port': options.managementPort,
    'data.directory': options.dataDir,
    'keys.directory': options.keysDir,
  }
  const given = Object.entries(named).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const flags = { ...options.settings, ...Object.fromEntries(given) }
  const { config, sourceOf } = loadConfigWithSources({ flags, env: process.env, mode: 'dev' })
  if (config.listen.port === 0) {
    throw new Failure('usage', 'Port 0 will not do: the issuer has to name the port.', 'Use --port with a number.')
  }
  // A newcomer reads the summary, not a line of JSON per request; whoever wants those asks for them.
  const level = sourceOf('log.level') === 'default' ? 'warn' : config.log.level
  return { ...config, log: { level } }
}

function readPort(flag: string, written: string | undefined, standard: number): number {
  const port = written === undefined ? standard : Number(written)
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  throw new Failure('usage', `${flag} ${written} is not a port.`, 'Use a number from 1 to 65535.')
}

type SamplePorts = { readonly app: number; readonly api: number }

function wantedPorts({ listen, management }: Config, { app, api }: SamplePorts) {
  const host = '127.0.0.1'
  const managed = '--management-port or SIGNET_MANAGEMENT_PORT'
  return [
    { what: 'the provider', port: listen.port, host: listen.host, mend: '--port or SIGNET_PORT' },
    { what: 'the listener for health and metrics', port: management.port, host: management.host, mend: managed },
    { what: 'the sample app', port: app, host, mend: '--app-port' },
    { what: 'the sample API', port: api, host, mend: '--api-port' },
  ]
}

type Running = { readonly provider: RunningProvider; readonly children: readonly RunningChild[] }

/** Starts the three side by side, the samples first: the provider's modules are loaded meanwhile. If one fails, none stays. */
async function startAll(config: Config, places: DevPlaces, ports: SamplePorts): Promise<Running> {
  const { app, api, secretFile } = places
  const both = { ISSUER: config.issuer }
  const appEnv = {
    ...both,
    PORT: `${ports.app}`,
    API_URL: api,
    CLIENT_ID: 'sample-app',
    CLIENT_SECRET_FILE: secretFile,
  }
  const programs: readonly Program[] = [
    { name: 'sample app', file: sample('sample-app'), env: { ...appEnv, HOME_URL: app } },
    { name: 'sample API', file: sample('sample-api'), env: { ...both, PORT: `${ports.api}`, AUDIENCE: api } },
  ]
  const children = programs.map(startChild)
  const providing = import('./dev-provider.ts').then(({ startProvider }) =>
    startProvider(reaching(config, app), places),
  )
  const [provider, ...started] = await Promise.allSettled([providing, ...children])
  const failed = [provider, ...started].find((one) => one.status === 'rejected')
  if (provider.status === 'fulfilled' && !failed)
    return { provider: provider.value, children: await Promise.all(children) }

  for (const one of started) if (one.status === 'fulfilled') await one.value.stop()
  if (provider.status === 'fulfilled') await abandon(provider.value)
  throw failed?.reason
}

/** The sample app is told of sessions that end elsewhere, though it is on this machine. */
function reaching(config: Config, app: string): Config {
  return { ...config, outbound: { ...config.outbound, allow: [...config.outbound.allow, new URL(app).host] } }
}

/** Stops a provider whose samples did not start. A password that nobody has read yet is not lost with it. */
async function abandon({ password, close }: RunningProvider): Promise<void> {
  await close()
  if (password)
    process.stderr.write(`The person ${demoUsername} was made all the same, with the password ${password}\n`)
}

function sample(name: string): string {
  return join(import.meta.dirname, '..', name, 'main.ts')
}

const setPassword = `npx signet users set-password ${demoUsername}`

function summaryOf({ issuer, data, keys }: Config, places: DevPlaces, provider: RunningProvider): string {
  return devSummary({
    seconds: performance.now() / 1000,
    issuer,
    app: places.app,
    api: places.api,
    health: `${provider.management}/health/ready`,
    directories: [data.directory, keys.directory].map((path) => `${path.replace(/\/+$/, '')}/`),
    username: demoUsername,
    renew: data.directory === 'data' ? setPassword : `${setPassword} --set data.directory=${data.directory}`,
    password: provider.password,
  })
}
