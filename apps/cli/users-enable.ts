import type { Command } from 'commander'
import { atWork } from './at-work.ts'
import { findUser, usersOf } from './registries.ts'
import { userJson } from './user-json.ts'
import { type Caution, dryRunOption, verb } from './verb.ts'

/** `signet users enable <name>`: may sign in again; sessions from before stay ended. */
export function usersEnable(users: Command): void {
  verb(users, 'enable <name>', {
    about: 'Let a person in again; their sessions from before stay ended.',
    examples: ['signet users enable ada'],
  })
    .addOption(dryRunOption())
    .action((name: string, { dryRun }: Caution, self: Command) =>
      atWork(self, async (work) => {
        const { sub, username } = await findUser(work, name)
        if (dryRun)
          return work.output.show({ dryRun, would: 'enable', sub, username }, () => `Would let ${username} in.`)
        const user = await (await usersOf(work)).enable(sub, work.actor)
        work.output.show(userJson(user), () => `${username} may sign in again.`)
      }),
    )
}
