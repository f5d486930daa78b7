import type { Command } from 'commander'
import { atWork } from './at-work.ts'
import { confirmed } from './confirm.ts'
import { findUser, usersOf } from './registries.ts'
import { userJson } from './user-json.ts'
import { type Caution, dryRunOption, verb, yesOption } from './verb.ts'

/** `signet users disable <name>`: signed out everywhere, and no way in. */
export function usersDisable(users: Command): void {
  verb(users, 'disable <name>', {
    about: 'Lock a person out: signed out everywhere, no tokens, no way in.',
    examples: ['signet users disable ada', 'signet users disable ada --yes --json'],
  })
    .addOption(dryRunOption())
    .addOption(yesOption())
    .action((name: string, caution: Caution, self: Command) =>
      atWork(self, async (work) => {
        const { sub, username } = await findUser(work, name)
        const what = `${username} will be locked out and signed out everywhere.`
        if (!(await confirmed({ what, name: username }, caution, work.output))) return
        const user = await (await usersOf(work)).disable(sub, work.actor)
        work.output.show(
          userJson(user),
          () => `${username} is locked out. Let them in again: signet users enable ${username}`,
        )
      }),
    )
}
