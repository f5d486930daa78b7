import type { Command } from 'commander'
import { formatScope } from '#core/oauth/scope.ts'
import { atWork } from './at-work.ts'
import { findUser } from './registries.ts'
import { table } from './table.ts'
import { verb } from './verb.ts'

/** `signet consents list --user NAME`: what a person allowed which application. */
export function consentsList(consents: Command): void {
  verb(consents, 'list', {
    about: 'List what a person allowed which application.',
    examples: ['signet consents list --user ada', 'signet consents list --user ada --json'],
  })
    .requiredOption('--user <name>', 'the person')
    .action(({ user }: { user: string }, self: Command) =>
      atWork(self, async (work) => {
        const { sub, username } = await findUser(work, user)
        const all = await work.stores.consents.list(sub)
        const shown = all.map(({ clientId, scopes, givenAt }) => ({
          sub,
          client_id: clientId,
          scope: formatScope(scopes),
          given_at: givenAt,
        }))
        const rows = shown.map(({ client_id, scope, given_at }) => [client_id, scope, given_at.toISOString()])
        work.output.show(shown, () => table(['CLIENT', 'SCOPES', 'GIVEN'], rows, `${username} has allowed nothing.`))
      }),
    )
}
