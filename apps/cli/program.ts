import { Command } from 'commander'
import { devCommand } from './dev-command.ts'
import { doctor } from './doctor.ts'
import { serve } from './serve.ts'
import { withoutValues } from './without-values.ts'

type Verbs = () => Promise<readonly ((parent: Command) => void)[]>

/** The nouns with their verbs, in the order in which `--help` shows them. */
const nouns: readonly (readonly [noun: string, about: string, verbs: Verbs])[] = [
  ['keys', 'what signs', async () => (await import('./keys-verbs.ts')).keysVerbs],
  ['apis', 'what tokens are for', async () => (await import('./apis-verbs.ts')).apisVerbs],
  ['clients', 'the applications that may ask', async () => (await import('./clients-verbs.ts')).clientsVerbs],
  [
    'registration',
    'clients that register themselves',
    async () => [(await import('./registration-tokens.ts')).registrationTokens],
  ],
  ['users', 'the people who sign in', async () => (await import('./users-verbs.ts')).usersVerbs],
  ['consents', 'what people allowed', async () => (await import('./consents-verbs.ts')).consentsVerbs],
  ['audit', 'what happened', async () => [(await import('./audit-list.ts')).auditList]],
  ['sessions', 'who is signed in where', async () => (await import('./sessions-verbs.ts')).sessionsVerbs],
  [
    'logouts',
    'which applications were told that a session has ended',
    async () => [(await import('./logouts-list.ts')).logoutsList],
  ],
  ['tokens', 'what was handed out', async () => (await import('./tokens-verbs.ts')).tokensVerbs],
  ['db', 'the database', async () => (await import('./db-verbs.ts')).dbVerbs],
  ['config', 'the settings', async () => (await import('./config-verbs.ts')).configVerbs],
]

/**
 * The command. Of the nouns only those get their verbs that are among `words`, all of them unless told: loading what is
 * not asked for is a good part of a short command. Nothing heavy is loaded until a command runs.
 */
export async function signet(version: string, words?: readonly string[]): Promise<Command> {
  const program = new Command('signet')
    .description('A standalone OpenID Connect / OAuth 2 identity provider.')
    .version(version)
    .option('--json', 'data as JSON on stdout')
    .option('--quiet', 'no talk on stderr, errors only')
    .option('--config <file>', 'settings from a YAML file (also SIGNET_CONFIG)')
    .option('--set <name=value>', 'one setting, for instance --set listen.port=4000', collect)
    .option('--no-color', 'no colours (also NO_COLOR)')
    .addHelpText('before', `Examples:\n  signet dev\n  signet clients create --help\n  signet doctor\n`)
    .addHelpText('after', exitCodeHelp)
    .configureHelp({ showGlobalOptions: true })
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(withoutValues(text)) })
  devCommand(program)
  serve(program)
  for (const [noun, about, verbs] of nouns) {
    const command = program.command(noun).description(about)
    if (!words || words.includes(noun)) for (const add of await verbs()) add(command)
  }
  doctor(program)
  return program
}

const exitCodeHelp = `
Exit codes: 0 done, 1 failed, 2 usage, 3 not found, 4 conflict, 5 configuration, 6 unavailable, 7 refused by policy,
130 interrupted. Secrets are read from stdin, a file or a prompt, never from an argument.`

function collect(assignment: string, before: readonly string[] = []): readonly string[] {
  return [...before, assignment]
}
