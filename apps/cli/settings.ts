import type { Command } from 'commander'
import type { Config } from '#config/config.ts'
import { type Loaded, loadConfigWithSources, type Mode, storeConcerns } from '#config/load.ts'
import { Failure } from './exit-code.ts'
import type { EveryOption } from './output.ts'

/** Settings from `--config FILE`, `--set NAME=VALUE` and flags of a command that are settings by another name. */
export function flagsOf(
  command: Command,
  more: { readonly [name: string]: string | undefined } = {},
): { [name: string]: string } {
  const { config, set = [] } = command.optsWithGlobals<EveryOption>()
  const flags: { [name: string]: string } = config === undefined ? {} : { config }
  for (const assignment of set) {
    const at = assignment.indexOf('=')
    if (at < 1) throw new Failure('usage', `--set ${assignment} has no value.`, 'Write --set NAME=VALUE.')
    flags[assignment.slice(0, at)] = assignment.slice(at + 1)
  }
  for (const [name, value] of Object.entries(more)) if (value !== undefined) flags[name] = value
  return flags
}

export type SettingsQuestion = {
  readonly mode: Mode
  /** Settings beyond the stores' whose faults stop the command. */
  readonly concerns?: readonly string[]
  readonly flags?: { readonly [name: string]: string | undefined }
}

/** The configuration for a command, with the source of each value. Throws `ConfigError`. */
export function settingsOf(command: Command, { mode, concerns = [], flags = {} }: SettingsQuestion): Loaded {
  return loadConfigWithSources({
    flags: flagsOf(command, flags),
    env: process.env,
    mode,
    concerns: [...storeConcerns, ...concerns],
  })
}

/** `keys.secret`, for commands that open private keys. */
export function requireKeysSecret({ keys }: Config): void {
  if (keys.secret !== '') return
  throw new Failure(
    'configuration',
    'keys.secret is not set, and this command opens private keys.',
    'Set SIGNET_KEYS_SECRET_FILE.',
  )
}
