import type { Command } from 'commander'
import { atWork } from './at-work.ts'
import { findUser, usersOf } from './registries.ts'
import { readSecret } from './secret-input.ts'
import { type Caution, dryRunOption, verb } from './verb.ts'

type Flags = Caution & { readonly passwordStdin?: boolean }

/** `signet users set-password <name>`: signs the person out everywhere. */
export function usersSetPassword(users: Command): void {
  verb(users, 'set-password <name>', {
    about: "Set a person's password; signs them out everywhere.",
    examples: [
      'signet users set-password ada        asks for it',
      'signet users set-password ada --password-stdin < password.txt',
    ],
  })
    .option('--password-stdin', 'take the password from stdin')
    .addOption(dryRunOption())
    .action((name: string, flags: Flags, self: Command) => setPassword(name, flags, self))
}

async function setPassword(name: string, { dryRun, passwordStdin: fromStdin }: Flags, command: Command): Promise<void> {
  const password = dryRun ? '' : await readSecret({ what: 'new password', flag: '--password-stdin', fromStdin })
  await atWork(command, async (work) => {
    const { sub, username } = await findUser(work, name)
    if (dryRun) {
      const text = `Would set the password of ${username} and sign them out everywhere.`
      return work.output.show({ dryRun, would: 'set-password', sub, username }, () => text)
    }
    await (await usersOf(work)).setPassword(sub, password, work.actor)
    work.output.show(
      { sub, username, password_set: true },
      () => `${username} has a new password and is signed out everywhere.`,
    )
  })
}
