import { type Command, InvalidArgumentError } from 'commander'
import type { Config } from '#config/config.ts'
import { Failure } from './exit-code.ts'
import { leaveWorkers, runWorkers, workerSlot } from './serve-workers.ts'
import { settingsOf } from './settings.ts'
import { verb } from './verb.ts'

type Flags = { readonly issuer?: string; readonly host?: string; readonly port?: string; readonly workers: number }

/** `signet serve`: the production server. Runs until it is asked to stop. */
export function serve(program: Command): void {
  verb(program, 'serve', {
    about: 'Run the server.',
    examples: [
      'signet serve --config config/production.yaml',
      'SIGNET_ISSUER=https://id.example.com SIGNET_KEYS_SECRET_FILE=/run/secrets/keys signet serve',
      'signet serve --workers 4        with Redis; health and metrics of all of them are on management.port',
    ],
  })
    .option('--issuer <url>', 'the public address (setting issuer)')
    .option('--host <address>', 'the address to listen on (setting listen.host)')
    .option('--port <port>', 'the port to listen on (setting listen.port)')
    .option('--workers <number>', 'processes that share the port; more than one needs Redis', countWorkers, 1)
    .action((flags: Flags, self: Command) => run(flags, self))
}

async function run({ issuer, host, port, workers }: Flags, command: Command): Promise<void> {
  const flags = { issuer, 'listen.host': host, 'listen.port': port }
  const { config } = settingsOf(command, { mode: 'serve', flags })
  const slot = workerSlot()
  if (slot === undefined && workers > 1) {
    requireShared(config)
    process.exitCode = await runAll(workers, config)
    return
  }
  const { serve: runServer } = await import('#idp/main.ts')
  try {
    await runServer(config, { isWorker: slot !== undefined })
  } catch (error) {
    leaveWorkers()
    throw error
  }
}

/** The embedded store is one process's: others would not see what it has not written yet. */
function requireShared({ redis }: Config): void {
  if (redis.url !== undefined) return
  throw new Failure(
    'refused',
    'Several workers need a shared store, and redis.url is not set.',
    'Set REDIS_URL, or leave --workers out.',
  )
}

/** The workers, and their one listener for health and metrics, which outlives each of them. */
async function runAll(workers: number, config: Config): Promise<number> {
  const { openWorkersManagement } = await import('#idp/worker-health.ts')
  const management = await openWorkersManagement(config)
  try {
    return await runWorkers(workers, {
      begun: management.add,
      failed: management.logFailure,
      reloads: config.listen.tls.certificate !== undefined,
    })
  } finally {
    await management.close()
  }
}

function countWorkers(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('Write a number from 1 to 99.')
  return Number(text)
}
