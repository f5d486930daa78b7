import type { Command } from 'commander'
import { settingsOf } from './settings.ts'
import { verb } from './verb.ts'

type Flags = { readonly issuer?: string; readonly host?: string; readonly port?: string }

/** `signet serve`: the production server. Runs until it is asked to stop. */
export function serve(program: Command): void {
  verb(program, 'serve', {
    about: 'Run the server.',
    examples: [
      'signet serve --config config/production.yaml',
      'SIGNET_ISSUER=https://id.example.com SIGNET_KEYS_SECRET_FILE=/run/secrets/keys signet serve',
    ],
  })
    .option('--issuer <url>', 'the public address (setting issuer)')
    .option('--host <address>', 'the address to listen on (setting listen.host)')
    .option('--port <port>', 'the port to listen on (setting listen.port)')
    .action(async ({ issuer, host, port }: Flags, self: Command) => {
      const flags = { issuer, 'listen.host': host, 'listen.port': port }
      const { config } = settingsOf(self, { mode: 'serve', flags })
      const { serve: run } = await import('#idp/main.ts')
      await run(config)
    })
}
