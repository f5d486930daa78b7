import type { Command } from 'commander'
import { printedSettings } from '#config/printed.ts'
import { outputOf } from './output.ts'
import { settingsOf } from './settings.ts'
import { table } from './table.ts'
import { verb } from './verb.ts'

/** `signet config print`: what is in force and where it comes from; secrets hidden. */
export function configPrint(config: Command): void {
  verb(config, 'print', {
    about: 'Print every setting in force and where it comes from; secrets are hidden.',
    examples: ['signet config print', 'signet config print --json'],
  }).action((_flags: object, self: Command) => {
    const loaded = settingsOf(self, { mode: 'cli' })
    const output = outputOf(self)
    const printed = printedSettings(loaded.config, loaded.sourceOf)
    const rows = printed.map(({ name, value, source }) => [name, textOf(value), source])
    output.show(printed, () => table(['SETTING', 'VALUE', 'FROM'], rows, ''))
    for (const { setting, source, fault } of loaded.ignored)
      output.warn(`${setting} (${source}): ${fault} The default is shown.`)
  })
}

function textOf(value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '(none)'
  return Array.isArray(value) ? value.join(', ') : String(value)
}
