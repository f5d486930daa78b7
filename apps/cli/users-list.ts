import type { Command } from 'commander'
import { atWork } from './at-work.ts'
import { table } from './table.ts'
import { userJson } from './user-json.ts'
import { verb } from './verb.ts'

/** `signet users list`. */
export function usersList(users: Command): void {
  verb(users, 'list', {
    about: 'List the people.',
    examples: ['signet users list', 'signet users list --json'],
  }).action((_flags: object, self: Command) =>
    atWork(self, async ({ stores, output }) => {
      const all = await stores.users.list()
      const rows = all.map(({ sub, username, email, enabled }) => [
        username,
        email ?? '',
        sub,
        enabled ? '' : 'disabled',
      ])
      output.show(all.map(userJson), () =>
        table(['USERNAME', 'E-MAIL', 'SUB', ''], rows, 'There is nobody yet: signet users create'),
      )
    }),
  )
}
