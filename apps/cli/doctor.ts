import type { Command } from 'commander'
import pc from 'picocolors'
import type { Config } from '#config/config.ts'
import { systemClock } from '#core/clock.ts'
import { checkAlgs } from './doctor-algs.ts'
import { checkClock } from './doctor-clock.ts'
import { checkDatabase } from './doctor-database.ts'
import { checkFiles } from './doctor-files.ts'
import { type DoctorFinding, wrong } from './doctor-finding.ts'
import { checkKeys } from './doctor-keys.ts'
import { checkRedis } from './doctor-redis.ts'
import { checkSettings, checkTls } from './doctor-settings.ts'
import { exitCodes } from './exit-code.ts'
import { explain } from './explain.ts'
import { outputOf } from './output.ts'
import { settingsOf } from './settings.ts'
import { oneLine } from './table.ts'
import { verb } from './verb.ts'

/** `signet doctor`: what is wrong and how to mend it; exit 1 when something is. */
export function doctor(program: Command): void {
  verb(program, 'doctor', {
    about: 'Look at settings, files, clock, database, Redis, keys and TLS: what is wrong and how to mend it.',
    examples: ['signet doctor', 'signet doctor --json        exit 1 when something is wrong'],
  }).action(async (_flags: object, self: Command) => {
    const findings = await examine(self)
    const ok = findings.every(({ level }) => level !== 'error')
    outputOf(self).show({ ok, findings }, () => findings.map(lineOf).join('\n'))
    if (!ok) process.exitCode = exitCodes.failed
  })
}

async function examine(command: Command): Promise<readonly DoctorFinding[]> {
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
    ...ofFiles,
    ...ofDatabase,
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

const marks = { ok: pc.green('✓'), warning: pc.yellow('!'), error: pc.red('✗') }

function lineOf({ level, what, mend }: DoctorFinding): string {
  return [`${marks[level]} ${oneLine(what)}`, ...(mend ? [`  ${pc.dim(oneLine(mend))}`] : [])].join('\n')
}
