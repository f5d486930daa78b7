import type { Command } from 'commander'
import type { UserWishes } from '#core/users/new-user.ts'
import { atWork } from './at-work.ts'
import { readClaims } from './claims-file.ts'
import { Failure } from './exit-code.ts'
import { findUser, usersOf } from './registries.ts'
import { card } from './table.ts'
import { userJson } from './user-json.ts'
import { type Caution, dryRunOption, verb } from './verb.ts'

type Flags = Caution & {
  readonly username?: string
  readonly email?: string
  readonly emailVerified?: boolean
  readonly claimsFile?: string
}

/** `signet users update <name>`: changes what is given; claims replace all claims. */
export function usersUpdate(users: Command): void {
  verb(users, 'update <name>', {
    about: 'Change a person; what is not given stays, claims replace the claims.',
    examples: [
      'signet users update ada --email ada@example.com --email-verified',
      'signet users update ada --email ""',
    ],
  })
    .option('--username <name>', 'a new username')
    .option('--email <address>', 'a new address; not verified unless said so; empty takes it away')
    .option('--email-verified', 'the address is known to be theirs')
    .option('--no-email-verified', 'the address is not known to be theirs')
    .option('--claims-file <file>', 'a JSON object of claims')
    .addOption(dryRunOption())
    .action((name: string, flags: Flags, self: Command) => update(name, flags, self))
}

async function update(name: string, flags: Flags, command: Command): Promise<void> {
  const changes = changesOf(flags)
  if (Object.keys(changes).length === 0)
    throw new Failure('usage', 'Nothing to change.', 'See: signet users update --help')
  await atWork(command, async (work) => {
    const registry = await usersOf(work)
    const { sub } = await findUser(work, name)
    if (flags.dryRun) {
      const planned = userJson(await registry.planUpdate(sub, changes))
      return work.output.show({ dryRun: true, would: 'update', ...planned }, () => `Would become:\n${card(planned)}`)
    }
    const user = userJson(await registry.update(sub, changes, work.actor))
    work.output.show(user, () => card(user))
  })
}

function changesOf({ username, email, emailVerified, claimsFile }: Flags): Partial<UserWishes> {
  return {
    ...(username !== undefined && { username }),
    ...(email !== undefined && { email: email === '' ? undefined : email }),
    ...(emailVerified !== undefined && { emailVerified }),
    ...(claimsFile !== undefined && { claims: readClaims(claimsFile) }),
  }
}
