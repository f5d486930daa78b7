import { userInfo } from 'node:os'
import type { Command } from 'commander'
import type { Config } from '#config/config.ts'
import type { Audit } from '#core/audit/audit.ts'
import type { Clock } from '#core/clock.ts'
import type { Endings } from '#core/tokens/end.ts'
import type { OpenStores } from '#stores/open.ts'
import { Failure } from './exit-code.ts'
import { type Output, outputOf } from './output.ts'
import { settingsOf } from './settings.ts'

/** What a command that looks into the stores is given. */
export type Work = {
  readonly config: Config
  readonly stores: OpenStores
  readonly clock: Clock
  readonly audit: Audit
  readonly endings: Endings
  /** Who does it, for the audit trail. */
  readonly actor: string
  readonly output: Output
}

/** Seconds that a statement may take for a command that goes through everything there is. */
export const patientWithMany = 60

/**
 * Runs a command over the stores and closes them, come what may. `concerns`: settings beyond the stores' that the
 * command depends on; faults in others do not stop it. `statementTimeout`: seconds, where the setting's are too few.
 * Changes no schema: says what to run where one is missing. Why it asks no server: docs/decisions/0005.
 */
export async function atWork(
  command: Command,
  work: (work: Work) => Promise<void>,
  concerns: readonly string[] = [],
  statementTimeout = 0,
): Promise<void> {
  const { config: given } = settingsOf(command, { mode: 'cli', concerns })
  const longest = Math.max(given.database.statementTimeout, statementTimeout)
  const config = { ...given, database: { ...given.database, statementTimeout: longest } }
  const [{ openStores }, { migrationStatus }, { openAudit }, { endings }, { announcer }, { systemClock: clock }] =
    await Promise.all([
      import('#stores/open.ts'),
      import('#stores/prisma/migrate.ts'),
      import('#core/audit/audit.ts'),
      import('#core/tokens/end.ts'),
      import('#core/logout/announce.ts'),
      import('#core/clock.ts'),
    ])
  const { applied, pending } = await migrationStatus(config.database.url)
  if (pending.length > 0) throw notMigrated(applied.length === 0)

  const stores = await openStores(config, clock)
  const audit = openAudit({ store: stores.audit, clock })
  try {
    const { tokens, sessions } = config
    const lives = {
      refreshAbsolute: tokens.refreshAbsolute,
      longestLifetime: tokens.longestLifetime,
      sessionAbsolute: sessions.absolute,
    }
    const ends = endings({ ...stores, announce: announcer(stores), clock, lives })
    await work({ config, stores, clock, audit, endings: ends, actor: operator(), output: outputOf(command) })
    await audit.flush()
  } finally {
    await stores.close()
  }
}

function notMigrated(empty: boolean): Failure {
  const what = empty ? 'The database is empty.' : 'The database is older than this program.'
  return new Failure('unavailable', what, 'Run: signet db migrate')
}

/** The person at the keyboard, as the operating system knows them. */
function operator(): string {
  try {
    return `operator:${userInfo().username}`
  } catch {
    return `operator:${process.getuid?.() ?? 'unknown'}`
  }
}
