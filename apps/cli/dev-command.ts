import type { Command } from 'commander'
import { flagsOf } from './settings.ts'
import { verb } from './verb.ts'

type Flags = {
  readonly port?: string
  readonly managementPort?: string
  readonly appPort?: string
  readonly apiPort?: string
  readonly dataDir?: string
  readonly keysDir?: string
}

/** `signet dev`: everything on one machine, nothing to configure. */
export function devCommand(program: Command): void {
  verb(program, 'dev', {
    about: 'Run everything on one machine, with a sample app and a sample API; nothing to configure.',
    examples: ['signet dev', 'signet dev --port 4000 --app-port 4001 --api-port 4002 --management-port 4003'],
  })
    .option('--port <port>', 'of the provider (3000)')
    .option('--management-port <port>', 'of health and metrics (9090)')
    .option('--app-port <port>', 'of the sample app (3001)')
    .option('--api-port <port>', 'of the sample API (3002)')
    .option('--data-dir <directory>', 'where the SQLite files are (data)')
    .option('--keys-dir <directory>', 'where the keys are (keys)')
    .action(async (flags: Flags, self: Command) => {
      const { dev } = await import('./dev.ts')
      await dev({ ...flags, settings: flagsOf(self) })
    })
}
