import type { Command } from 'commander'
import { atWork } from './at-work.ts'
import { readClaims } from './claims-file.ts'
import { usersOf } from './registries.ts'
import { readSecret } from './secret-input.ts'
import { card } from './table.ts'
import { userJson } from './user-json.ts'
import { type Caution, dryRunOption, verb } from './verb.ts'

type Flags = Caution & {
  readonly username: string
  readonly email?: string
  readonly emailVerified?: boolean
  readonly claimsFile?: string
  readonly passwordStdin?: boolean
  readonly password: boolean
}

/** `signet users create`. */
export function usersCreate(users: Command): void {
  verb(users, 'create', {
    about: 'Add a person who can sign in.',
    examples: [
      'signet users create --username ada --email ada@example.com --email-verified        asks for the password',
      'signet users create --username ada --password-stdin < password.txt',
    ],
  })
    .requiredOption('--username <name>', 'what the person signs in with')
    .option('--email <address>', 'signs in as well once it is verified')
    .option('--email-verified', 'the address is known to be theirs')
    .option('--claims-file <file>', 'a JSON object of claims: name, roles, …')
    .option('--password-stdin', 'take the password from stdin')
    .option('--no-password', 'set none yet: the person cannot sign in')
    .addOption(dryRunOption())
    .action((flags: Flags, self: Command) => create(flags, self))
}

async function create(flags: Flags, command: Command): Promise<void> {
  const { username, email, emailVerified, claimsFile, passwordStdin: fromStdin } = flags
  const claims = claimsFile === undefined ? undefined : readClaims(claimsFile)
  const asks = flags.password && !(flags.dryRun && !fromStdin)
  const password = asks ? await readSecret({ what: 'password', flag: '--password-stdin', fromStdin }) : undefined
  const wishes = { username, email, emailVerified, claims }

  await atWork(command, async (work) => {
    const registry = await usersOf(work)
    if (flags.dryRun) {
      const planned = { ...userJson(await registry.plan(wishes, password)), sub: undefined }
      return work.output.show({ dryRun: true, would: 'create', ...planned }, () => `Would create:\n${card(planned)}`)
    }
    const user = userJson(await registry.create(wishes, password, work.actor))
    work.output.show(user, () => card(user))
  })
}
