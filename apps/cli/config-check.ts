import type { Command } from 'commander'
import { ConfigError } from '#config/config-error.ts'
import { exitCodes } from './exit-code.ts'
import { outputOf } from './output.ts'
import { settingsOf } from './settings.ts'
import { verb } from './verb.ts'

/** `signet config check`: whether `signet serve` would start with these settings. */
export function configCheck(config: Command): void {
  verb(config, 'check', {
    about: 'Say whether `signet serve` would start with these settings (exit 5 where not).',
    examples: ['signet config check', 'signet config check --config config/production.yaml --json'],
  }).action((_flags: object, self: Command) => {
    const output = outputOf(self)
    try {
      settingsOf(self, { mode: 'serve' })
      output.show({ ok: true, findings: [] }, () => 'The settings are right.')
    } catch (error) {
      if (!(error instanceof ConfigError) || !output.json) throw error
      output.show({ ok: false, findings: error.findings }, () => '')
      process.exitCode = exitCodes.configuration
    }
  })
}
