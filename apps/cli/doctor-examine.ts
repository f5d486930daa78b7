import type { Command } from 'commander'
import type { Config } from '#config/config.ts'
import { systemClock } from '#core/clock.ts'
import { checkAlgs } from './doctor-algs.ts'
import { checkClock } from './doctor-clock.ts'
import { checkDatabase } from './doctor-database.ts'
import { checkFiles } from './doctor-files.ts'
import { type DoctorFinding, wrong } from './doctor-finding.ts'
import { checkKeys } from './doctor-keys.ts'
import { checkPostgres } from './doctor-postgres.ts'
import { checkRedis } from './doctor-redis.ts'
import { checkSettings, checkTls } from './doctor-settings.ts'
import { checkCertificate } from './doctor-tls.ts'
import { explain } from './explain.ts'
import { settingsOf } from './settings.ts'

/** Looks at everything, as far as each finding lets it. Never rejects because of what it found. */
export async function examine(command: Command): Promise<readonly DoctorFinding[]> {
  const ofSettings = checkSettings(command)
  const config = configOf(command)
  if (!config) return ofSettings
  // Before the database is opened, which would make files beside it.
  const ofFiles = checkFiles(config)
  const ofDatabase = await checkDatabase(config)
  const canOpen = ofDatabase.every(({ level }) => level === 'ok')
  return [
    ...ofSettings,
    ...checkTls(config),
    ...checkCertificate(config, systemClock.now()),
    ...ofFiles,
    ...ofDatabase,
    ...(ofDatabase.some(({ level }) => level === 'error') ? [] : await checkPostgres(config)),
    ...(await checkRedis(config)),
    ...(canOpen ? await checkStores(config) : []),
  ]
}

/** What can be looked at in spite of wrong settings; undefined where even the stores' settings are wrong. */
function configOf(command: Command): Config | undefined {
  try {
    return settingsOf(command, { mode: 'cli' }).config
  } catch {
    return undefined
  }
}

async function checkStores(config: Config): Promise<readonly DoctorFinding[]> {
  const { openStores } = await import('#stores/open.ts')
  try {
    const stores = await openStores(config, systemClock)
    try {
      await stores.check()
      const now = systemClock.now()
      return [
        await checkClock(stores, now, config.keys.skew),
        ...(await checkKeys(config, stores, now)),
        ...(await checkAlgs(config, stores)),
      ]
    } finally {
      await stores.close()
    }
  } catch (error) {
    return [wrong(`The stores cannot be used: ${explain(error).lines.join(' ')}`, 'See the findings above.')]
  }
}
