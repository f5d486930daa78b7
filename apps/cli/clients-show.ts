import type { Command } from 'commander'
import { reject } from '#core/oauth/rejection.ts'
import { atWork } from './at-work.ts'
import { clientJson } from './client-json.ts'
import { card } from './table.ts'
import { verb } from './verb.ts'

/** `signet clients show <id>`. */
export function clientsShow(clients: Command): void {
  verb(clients, 'show <id>', { about: 'Show an application.', examples: ['signet clients show photos --json'] }).action(
    (id: string, _flags: object, self: Command) =>
      atWork(self, async ({ stores, output }) => {
        const found = (await stores.clients.find(id)) ?? reject('missing', 'id', `There is no client ${id}.`)
        const client = clientJson(found)
        output.show(client, () => card(client))
      }),
  )
}
