import type { Command } from 'commander'
import { atWork } from './at-work.ts'
import { showPages } from './pages.ts'
import { userJson } from './user-json.ts'
import { verb } from './verb.ts'

/** `signet users list`. */
export function usersList(users: Command): void {
  verb(users, 'list', {
    about: 'List the people.',
    examples: ['signet users list', 'signet users list --json'],
  }).action((_flags: object, self: Command) =>
    atWork(self, ({ stores: { users: people }, output }) =>
      showPages(output, people.listPage, {
        json: userJson,
        headings: ['USERNAME', 'E-MAIL', 'SUB', ''],
        row: ({ sub, username, email, enabled }) => [username, email ?? '', sub, enabled ? '' : 'disabled'],
        empty: 'There is nobody yet: signet users create',
      }),
    ),
  )
}
