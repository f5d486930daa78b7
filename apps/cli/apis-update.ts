import type { Command } from 'commander'
import { apiJson } from './api-json.ts'
import { type ApiFlags, addApiOptions, apiConcerns, changesOfFlags } from './api-options.ts'
import { atWork } from './at-work.ts'
import { Failure } from './exit-code.ts'
import { apisOf } from './registries.ts'
import { card } from './table.ts'
import { type Caution, dryRunOption, verb } from './verb.ts'

/** `signet apis update <audience>`: changes what is given; scopes replace all scopes. */
export function apisUpdate(apis: Command): void {
  const command = verb(apis, 'update <audience>', {
    about: 'Change an API; what is not given stays, scopes replace the scopes.',
    examples: ['signet apis update https://api.photos.example --lifetime 5m'],
  })
  addApiOptions(command)
    .addOption(dryRunOption())
    .action((audience: string, flags: ApiFlags & Caution, self: Command) => update(audience, flags, self))
}

async function update(audience: string, flags: ApiFlags & Caution, command: Command): Promise<void> {
  const changes = changesOfFlags(flags)
  if (Object.keys(changes).length === 0)
    throw new Failure('usage', 'Nothing to change.', 'See: signet apis update --help')
  await atWork(
    command,
    async (work) => {
      const registry = await apisOf(work)
      const { dryRun } = flags
      const planned = dryRun ? registry.planUpdate(audience, changes) : registry.update(audience, changes, work.actor)
      const api = apiJson(await planned)
      if (dryRun) work.output.show({ dryRun, would: 'update', ...api }, () => `Would become:\n${card(api)}`)
      else work.output.show(api, () => card(api))
    },
    apiConcerns,
  )
}
