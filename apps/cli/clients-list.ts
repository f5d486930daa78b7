import type { Command } from 'commander'
import { atWork } from './at-work.ts'
import { clientJson } from './client-json.ts'
import { table } from './table.ts'
import { verb } from './verb.ts'

/** `signet clients list`. */
export function clientsList(clients: Command): void {
  verb(clients, 'list', {
    about: 'List the applications.',
    examples: ['signet clients list', 'signet clients list --json'],
  }).action((_flags: object, self: Command) =>
    atWork(self, async ({ stores, output }) => {
      const all = await stores.clients.list()
      const rows = all.map(({ id, name, applicationType, authentication, enabled }) => [
        id,
        name,
        applicationType,
        authentication.method,
        enabled ? '' : 'disabled',
      ])
      output.show(all.map(clientJson), () =>
        table(['ID', 'NAME', 'TYPE', 'PROVES ITSELF BY', ''], rows, 'There are no clients yet: signet clients create'),
      )
    }),
  )
}
