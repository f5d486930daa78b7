import { Command } from 'commander'
import { apisCreate } from './apis-create.ts'
import { apisDelete } from './apis-delete.ts'
import { apisList } from './apis-list.ts'
import { apisShow } from './apis-show.ts'
import { apisUpdate } from './apis-update.ts'
import { auditList } from './audit-list.ts'
import { clientsCreate } from './clients-create.ts'
import { clientsDelete } from './clients-delete.ts'
import { clientsDisable } from './clients-disable.ts'
import { clientsEnable } from './clients-enable.ts'
import { clientsList } from './clients-list.ts'
import { clientsRotateSecret } from './clients-rotate-secret.ts'
import { clientsShow } from './clients-show.ts'
import { clientsUpdate } from './clients-update.ts'
import { configCheck } from './config-check.ts'
import { configPrint } from './config-print.ts'
import { configSchema } from './config-schema.ts'
import { consentsList } from './consents-list.ts'
import { consentsRevoke } from './consents-revoke.ts'
import { dbMigrate } from './db-migrate.ts'
import { dbStatus } from './db-status.ts'
import { devCommand } from './dev-command.ts'
import { doctor } from './doctor.ts'
import { keysImport } from './keys-import.ts'
import { keysList } from './keys-list.ts'
import { keysReseal } from './keys-reseal.ts'
import { keysRetire } from './keys-retire.ts'
import { keysRotate } from './keys-rotate.ts'
import { serve } from './serve.ts'
import { sessionsList } from './sessions-list.ts'
import { sessionsRevoke } from './sessions-revoke.ts'
import { tokensInspect } from './tokens-inspect.ts'
import { tokensRevoke } from './tokens-revoke.ts'
import { usersCreate } from './users-create.ts'
import { usersDelete } from './users-delete.ts'
import { usersDisable } from './users-disable.ts'
import { usersEnable } from './users-enable.ts'
import { usersList } from './users-list.ts'
import { usersSetPassword } from './users-set-password.ts'
import { usersShow } from './users-show.ts'
import { usersUpdate } from './users-update.ts'
import { withoutValues } from './without-values.ts'

type Add = (parent: Command) => void

/** The nouns with their verbs, in the order in which `--help` shows them. */
const nouns: readonly (readonly [noun: string, about: string, verbs: readonly Add[]])[] = [
  ['keys', 'what signs', [keysList, keysRotate, keysRetire, keysImport, keysReseal]],
  ['apis', 'what tokens are for', [apisList, apisShow, apisCreate, apisUpdate, apisDelete]],
  [
    'clients',
    'the applications that may ask',
    [
      clientsList,
      clientsShow,
      clientsCreate,
      clientsUpdate,
      clientsRotateSecret,
      clientsDisable,
      clientsEnable,
      clientsDelete,
    ],
  ],
  [
    'users',
    'the people who sign in',
    [usersList, usersShow, usersCreate, usersUpdate, usersSetPassword, usersDisable, usersEnable, usersDelete],
  ],
  ['consents', 'what people allowed', [consentsList, consentsRevoke]],
  ['audit', 'what happened', [auditList]],
  ['sessions', 'who is signed in where', [sessionsList, sessionsRevoke]],
  ['tokens', 'what was handed out', [tokensInspect, tokensRevoke]],
  ['db', 'the database', [dbStatus, dbMigrate]],
  ['config', 'the settings', [configCheck, configPrint, configSchema]],
]

/** The command with everything it knows. Nothing heavy is loaded until a command runs. */
export function signet(version: string): Command {
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
    for (const add of verbs) add(command)
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
