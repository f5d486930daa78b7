import type { Config } from '#config/config.ts'
import { withoutPassword } from '#config/store-url.ts'
import { type DoctorFinding, fine, warning, wrong } from './doctor-finding.ts'
import { explain } from './explain.ts'

/** Whether the database answers and has the schema that this program needs. */
export async function checkDatabase({ database }: Config): Promise<readonly DoctorFinding[]> {
  const { migrationStatus } = await import('#stores/prisma/migrate.ts')
  const where = withoutPassword(database.url)
  try {
    const { applied, pending } = await migrationStatus(database.url)
    if (pending.length === 0) return [fine(`The database ${where} answers and is up to date.`)]
    const what = applied.length === 0 ? 'is empty' : `lacks ${pending.length} migrations`
    return [warning(`The database ${where} ${what}.`, 'Run: signet db migrate (the server does so at its start)')]
  } catch (error) {
    return [
      wrong(
        `The database ${where} cannot be used: ${explain(error).lines.join(' ')}`,
        'Check DATABASE_URL and the server.',
      ),
    ]
  }
}
