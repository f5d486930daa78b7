import type { Command } from 'commander'
import { outputOf } from './output.ts'
import { settingsOf } from './settings.ts'
import { type Caution, dryRunOption, verb } from './verb.ts'

const outside = ' (outside of a transaction: writers go on)'

/** `signet db migrate`: brings the database to what this program needs. */
export function dbMigrate(db: Command): void {
  verb(db, 'migrate', {
    about: 'Bring the database to what this program needs; servers of the version before run on.',
    examples: ['signet db migrate', 'signet db migrate --dry-run        shows the SQL'],
  })
    .addOption(dryRunOption())
    .action(async ({ dryRun }: Caution, self: Command) => {
      const { config } = settingsOf(self, { mode: 'cli' })
      const output = outputOf(self)
      const { migrate, migrationStatus } = await import('#stores/prisma/migrate.ts')
      if (dryRun) {
        const { pending } = await migrationStatus(config.database.url)
        const text = pending.map(({ name, sql, alone }) => `-- ${name}${alone ? outside : ''}\n${sql}`).join('\n')
        return output.show({ dryRun, would: pending }, () => text || 'Nothing to do.')
      }
      const { applied } = await migrate(config.database.url)
      output.show({ applied }, () => (applied.length > 0 ? `Applied: ${applied.join(', ')}` : 'Nothing to do.'))
    })
}
