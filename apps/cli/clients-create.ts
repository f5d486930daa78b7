import { type Command, Option } from 'commander'
import { atWork } from './at-work.ts'
import { clientJson } from './client-json.ts'
import { addClientOptions, type ClientFlags, wishesOfFlags } from './client-options.ts'
import { Failure } from './exit-code.ts'
import { noteUnknownScopes } from './note-unknown-scopes.ts'
import { clientsOf } from './registries.ts'
import { readSecret } from './secret-input.ts'
import { card } from './table.ts'
import { type Caution, dryRunOption, verb } from './verb.ts'

type Flags = ClientFlags & Caution & { readonly id?: string; readonly secretStdin?: boolean }

/** `signet clients create`: registers an application; its secret is shown this once. */
export function clientsCreate(clients: Command): void {
  const command = verb(clients, 'create', {
    about: 'Register an application.',
    examples: [
      'signet clients create --name Photos --redirect-uri https://photos.example/callback --scope openid profile',
      'signet clients create --name "Photos for phones" --public --application-type native --redirect-uri com.example.photos:/callback',
      'signet clients create --name "Nightly import" --grant client_credentials --scope photos:write',
      'signet clients create --name "Nightly import" --grant client_credentials --auth-method private_key_jwt --jwks public.json',
      'signet clients create --name "Nightly import" --grant client_credentials --auth-method tls_client_auth --tls-san-dns import.example.com',
    ],
  })
    .requiredOption('--name <name>', 'what people see when they sign in')
    .option('--id <id>', 'instead of one that is made')
    .option('--public', 'it cannot keep a secret (a browser or phone app): PKCE instead')
    .addOption(new Option('--application-type <type>', 'web unless told').choices(['web', 'native']))
    .option('--first-party', "the operator's own: people are not asked for consent, but to offline_access")
  addClientOptions(command)
    .option('--secret-stdin', 'take the secret from stdin instead of making one')
    .addOption(dryRunOption())
    .action((flags: Flags, self: Command) => create(flags, self))
}

async function create(flags: Flags, command: Command): Promise<void> {
  if (flags.public && flags.authMethod !== undefined && flags.authMethod !== 'none') {
    throw new Failure('usage', `--public and --auth-method ${flags.authMethod} contradict each other.`)
  }
  const brings = { what: 'client secret', flag: '--secret-stdin', fromStdin: flags.secretStdin }
  const secret = flags.secretStdin ? await readSecret(brings) : undefined
  const wishes = { ...wishesOfFlags(flags), id: flags.id, secret }

  await atWork(command, async (work) => {
    const registry = await clientsOf(work)
    if (flags.dryRun) {
      const planned = { ...clientJson(await registry.plan(wishes)), ...(flags.id ? {} : { client_id: undefined }) }
      return work.output.show({ dryRun: true, would: 'create', ...planned }, () => `Would create:\n${card(planned)}`)
    }
    const made = await registry.create(wishes, work.actor)
    await noteUnknownScopes(work, made.client.scopes)
    const shown = { ...clientJson(made.client), ...(made.secret && !secret ? { client_secret: made.secret } : {}) }
    work.output.show(shown, () => card(shown))
    if (made.secret && !secret)
      work.output.talk('The secret is shown this once; keep it where only the app can read it.')
  })
}
