import type { Command } from 'commander'
import { withoutPassword } from '#config/store-url.ts'
import { outputOf } from './output.ts'
import { settingsOf } from './settings.ts'
import { card } from './table.ts'
import { verb } from './verb.ts'

/** `signet db status`: which migrations are applied, which are not. */
export function dbStatus(db: Command): void {
  verb(db, 'status', {
    about: 'Say which migrations are applied and which are not.',
    examples: ['signet db status', 'signet db status --json'],
  }).action(async (_flags: object, self: Command) => {
    const { config } = settingsOf(self, { mode: 'cli' })
    const { migrationStatus } = await import('#stores/prisma/migrate.ts')
    const { applied, pending } = await migrationStatus(config.database.url)
    const waiting = pending.map(({ name }) => name)
    const shown = { database: withoutPassword(config.database.url), applied, pending: waiting }
    outputOf(self).show(shown, () => card({ ...shown, pending: waiting.length > 0 ? waiting : 'none' }))
  })
}
