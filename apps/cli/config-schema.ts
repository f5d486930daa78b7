import type { Command } from 'commander'
import { configJsonSchema } from '#config/json-schema.ts'
import { settings } from '#config/schema.ts'
import { outputOf } from './output.ts'
import { table } from './table.ts'
import { verb } from './verb.ts'

/** `signet config schema`: everything that can be set; with `--json` as JSON Schema. */
export function configSchema(config: Command): void {
  verb(config, 'schema', {
    about: 'List everything that can be set; with --json as JSON Schema, for editors.',
    examples: ['signet config schema', 'signet config schema --json > signet.schema.json'],
  }).action((_flags: object, self: Command) => {
    const rows = Object.entries(settings).map(([name, { environment, default: standard, about }]) => [
      name,
      environment,
      standard === undefined || String(standard) === '' ? '' : String(standard),
      about,
    ])
    outputOf(self).show(configJsonSchema(), () => table(['SETTING', 'ENVIRONMENT', 'DEFAULT', 'ABOUT'], rows, ''))
  })
}
