import type { Command } from 'commander'
import { atWork } from './at-work.ts'
import { confirmed } from './confirm.ts'
import { findUser, usersOf } from './registries.ts'
import { type Caution, dryRunOption, verb, yesOption } from './verb.ts'

/** `signet users delete <name>`: ends everything of the person; the subject is never used again. */
export function usersDelete(users: Command): void {
  verb(users, 'delete <name>', {
    about: 'Delete a person; everything of theirs ends. To lock somebody out for a while, disable them.',
    examples: ['signet users delete ada', 'signet users delete ada --yes --json'],
  })
    .addOption(dryRunOption())
    .addOption(yesOption())
    .action((name: string, caution: Caution, self: Command) =>
      atWork(self, async (work) => {
        const { sub, username } = await findUser(work, name)
        const what = `${username} (${sub}) will be deleted with sessions and consents. This cannot be undone.`
        if (!(await confirmed({ what, name: username }, caution, work.output))) return
        await (await usersOf(work)).remove(sub, work.actor)
        work.output.show({ sub, username, deleted: true }, () => `${username} is deleted.`)
      }),
    )
}
