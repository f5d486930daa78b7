import { type Command, Option } from 'commander'
import { atWork } from './at-work.ts'
import { clientJson } from './client-json.ts'
import { addClientOptions, type ClientFlags, wishesOfFlags } from './client-options.ts'
import { Failure } from './exit-code.ts'
import { noteUnknownScopes } from './note-unknown-scopes.ts'
import { clientsOf } from './registries.ts'
import { card } from './table.ts'
import { type Caution, dryRunOption, verb } from './verb.ts'

/** `signet clients update <id>`: changes what is given; a list replaces the whole list. */
export function clientsUpdate(clients: Command): void {
  const command = verb(clients, 'update <id>', {
    about: 'Change an application; what is not given stays, a list replaces the list.',
    examples: [
      'signet clients update photos --redirect-uri https://photos.example/callback https://photos.example/other',
      'signet clients update photos --logo-uri ""        takes the logo away',
    ],
  })
    .option('--name <name>', 'what people see when they sign in')
    .addOption(new Option('--application-type <type>').choices(['web', 'native']))
    .option('--first-party', "the operator's own: people are not asked for consent, but to offline_access")
    .option('--no-first-party', 'people are asked for consent')
  addClientOptions(command)
    .addOption(dryRunOption())
    .action((id: string, flags: ClientFlags & Caution, self: Command) => update(id, flags, self))
}

async function update(id: string, flags: ClientFlags & Caution, command: Command): Promise<void> {
  const wishes = wishesOfFlags(flags)
  if (Object.keys(wishes).length === 0)
    throw new Failure('usage', 'Nothing to change.', 'See: signet clients update --help')
  await atWork(command, async (work) => {
    const registry = await clientsOf(work)
    if (flags.dryRun) {
      const planned = clientJson(await registry.planUpdate(id, wishes))
      return work.output.show({ dryRun: true, would: 'update', ...planned }, () => `Would become:\n${card(planned)}`)
    }
    const client = await registry.update(id, wishes, work.actor)
    await noteUnknownScopes(work, client.scopes)
    work.output.show(clientJson(client), () => card(clientJson(client)))
  })
}
