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
      'signet serve --workers 4        with Redis; health and metrics of worker n are on management.port + n',
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
    process.exitCode = await runWorkers(workers)
    return
  }
  const { serve: runServer } = await import('#idp/main.ts')
  try {
    await runServer(ofWorker(config, slot ?? 0))
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

/** Each worker answers for itself: Prometheus sums what it scrapes, and a sick worker is seen. */
function ofWorker(config: Config, slot: number): Config {
  const { host, port } = config.management
  return { ...config, management: { host, port: port === 0 ? 0 : port + slot } }
}

function countWorkers(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('Write a number from 1 to 99.')
  return Number(text)
}
