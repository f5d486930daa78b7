import type { Command } from 'commander'
import { atWork } from './at-work.ts'
import { clientJson } from './client-json.ts'
import { showPages } from './pages.ts'
import { verb } from './verb.ts'

/** `signet clients list`. */
export function clientsList(clients: Command): void {
  verb(clients, 'list', {
    about: 'List the applications.',
    examples: ['signet clients list', 'signet clients list --json'],
  }).action((_flags: object, self: Command) =>
    atWork(self, ({ stores, output }) =>
      showPages(output, stores.clients.listPage, {
        json: clientJson,
        headings: ['ID', 'NAME', 'TYPE', 'PROVES ITSELF BY', ''],
        row: ({ id, name, applicationType, authentication, enabled }) => [
          id,
          name,
          applicationType,
          authentication.method,
          enabled ? '' : 'disabled',
        ],
        empty: 'There are no clients yet: signet clients create',
      }),
    ),
  )
}
