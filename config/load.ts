import { join } from 'node:path'
import { disagreements } from './agreement.ts'
import type { Config } from './config.ts'
import { ConfigError, type Finding } from './config-error.ts'
import { type Environment, readEnvironment } from './environment.ts'
import { settings } from './schema.ts'
import { makeSealingSecret, readSealingSecret } from './sealing-secret-file.ts'
import { readFlags, type Written } from './sources.ts'
import { tlsFaults } from './tls-agreement.ts'
import { readYamlFile } from './yaml-file.ts'

/** `dev` makes what is missing, `serve` insists on it, `cli` asks only for what a command needs. */
export type Mode = 'dev' | 'serve' | 'cli'

export type Sources = {
  /** By setting name; and `config`, the YAML file. */
  readonly flags: { readonly [name: string]: string }
  readonly env: Environment
  readonly mode: Mode
  /** In `cli` mode: settings (or prefixes) whose faults stop the command; all others fall back to their default. */
  readonly concerns?: readonly string[]
}

/** A configuration and where each value came from. */
export type Loaded = {
  readonly config: Config
  readonly sourceOf: (name: string) => string
  readonly ignored: readonly Finding[]
}

/** What opening the stores depends on: the least that a command needs. */
export const storeConcerns: readonly string[] = ['data.', 'database.', 'redis.', 'keys.store', 'keys.directory']

/**
 * The configuration from all its sources: defaults < YAML file < environment < flags. Throws {@link ConfigError} with
 * everything that is wrong. In `cli` mode `keys.secret` is empty where it is set nowhere.
 */
export function loadConfig(sources: Sources): Config {
  return loadConfigWithSources(sources).config
}

/** The same, with the source of each value, for `signet config` and `signet doctor`. */
export function loadConfigWithSources({ flags, env, mode, concerns }: Sources): Loaded {
  const { config: file = env.SIGNET_CONFIG || undefined, ...rest } = flags
  const read = [...(file ? [readYamlFile(file)] : []), readEnvironment(env), readFlags(rest)]
  const written: Written = new Map(read.flatMap((source) => [...source.written]))
  const unknown = read.flatMap((source) => source.findings)

  const { values, findings } = readValues(written)
  findings.push(...complete(values, mode, written, findings))
  const config = nest(values) as Config
  const sourceOf = (name: string): string => written.get(name)?.source ?? 'default'
  for (const finding of disagreements(config)) findings.push({ ...finding, source: sourceOf(finding.setting) })
  // A command beside a server may not be allowed to read the server's key, and does not need it.
  if (mode !== 'cli')
    for (const finding of tlsFaults(config, new Date()))
      findings.push({ ...finding, source: sourceOf(finding.setting) })

  const stops = findings.filter(
    ({ setting }) => !concerns || mode !== 'cli' || concerns.some((c) => setting.startsWith(c)),
  )
  if (unknown.length + stops.length > 0) throw new ConfigError([...unknown, ...stops])
  return { config, sourceOf, ignored: findings }
}

/** Reads every setting from its highest source; a wrong one is found and its default stands in. */
function readValues(written: Written): { readonly values: Map<string, unknown>; readonly findings: Finding[] } {
  const values = new Map<string, unknown>()
  const findings: Finding[] = []
  for (const [name, setting] of Object.entries(settings)) {
    const standard = setting.default === undefined ? undefined : setting.kind.read(setting.default)
    values.set(name, standard && 'value' in standard ? standard.value : undefined)
    const given = written.get(name)
    if (!given) continue
    const reading = setting.kind.read(given.value)
    if ('value' in reading) values.set(name, reading.value)
    else findings.push({ setting: name, source: given.source, ...reading })
  }
  return { values, findings }
}

/** Fills in what follows from other settings and what `dev` makes; tells what `serve` misses. */
function complete(values: Map<string, unknown>, mode: Mode, written: Written, wrong: readonly Finding[]): Finding[] {
  const findings: Finding[] = []
  if (!written.has('database.url'))
    values.set('database.url', `file:${join(String(values.get('data.directory')), 'signet.db')}`)

  if (values.get('issuer') === undefined) {
    const scheme = values.get('listen.tls.certificate') === undefined ? 'http' : 'https'
    values.set('issuer', `${scheme}://localhost:${values.get('listen.port')}`)
    if (mode === 'serve' && !written.has('issuer'))
      findings.push(missing('issuer', 'Set SIGNET_ISSUER to the public https address.'))
  }

  if (values.get('keys.secret') === undefined) {
    const finding = wrong.some(({ setting }) => setting === 'keys.secret') ? undefined : fillSecret(values, mode)
    if (finding) findings.push(finding)
    if (values.get('keys.secret') === undefined) values.set('keys.secret', '')
  }
  return findings
}

function fillSecret(values: Map<string, unknown>, mode: Mode): Finding | undefined {
  const directory = String(values.get('keys.directory'))
  if (mode === 'serve') {
    return missing('keys.secret', 'Set SIGNET_KEYS_SECRET_FILE to a file with the output of: openssl rand -base64 32')
  }
  const file = readSealingSecret(directory) ?? (mode === 'dev' ? makeSealingSecret(directory) : undefined)
  if (!file) return undefined
  if ('finding' in file) return file.finding
  const reading = settings['keys.secret'].kind.read(file.secret)
  if (!('value' in reading)) return { setting: 'keys.secret', source: file.path, ...reading }
  values.set('keys.secret', reading.value)
  return undefined
}

function missing(setting: string, mend: string): Finding {
  return { setting, source: 'not set', fault: '`signet serve` needs it.', mend }
}

/** Turns dotted names into nested objects. */
function nest(values: ReadonlyMap<string, unknown>): { readonly [name: string]: unknown } {
  const leaves: [string, unknown][] = []
  const groups = new Map<string, Map<string, unknown>>()
  for (const [name, value] of values) {
    const dot = name.indexOf('.')
    if (dot < 0) leaves.push([name, value])
    else groups.getOrInsertComputed(name.slice(0, dot), () => new Map()).set(name.slice(dot + 1), value)
  }
  return Object.fromEntries([...leaves, ...[...groups].map(([group, inner]) => [group, nest(inner)] as const)])
}
