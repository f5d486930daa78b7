import type { Command } from 'commander'
import { atWork } from './at-work.ts'
import { findUser } from './registries.ts'
import { card } from './table.ts'
import { userJson } from './user-json.ts'
import { verb } from './verb.ts'

/** `signet users show <name>`. */
export function usersShow(users: Command): void {
  verb(users, 'show <name>', {
    about: 'Show a person, by username, verified e-mail address or subject.',
    examples: ['signet users show ada --json'],
  }).action((name: string, _flags: object, self: Command) =>
    atWork(self, async (work) => {
      const user = userJson(await findUser(work, name))
      work.output.show(user, () => card(user))
    }),
  )
}
