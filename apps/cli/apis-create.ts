import type { Command } from 'commander'
import { apiJson } from './api-json.ts'
import { type ApiFlags, addApiOptions, apiConcerns, changesOfFlags } from './api-options.ts'
import { atWork } from './at-work.ts'
import { apisOf } from './registries.ts'
import { card } from './table.ts'
import { type Caution, dryRunOption, verb } from './verb.ts'

type Flags = ApiFlags & Caution & { readonly audience: string }

/** `signet apis create`. */
export function apisCreate(apis: Command): void {
  const command = verb(apis, 'create', {
    about: 'Register an API that tokens are for.',
    examples: [
      'signet apis create --audience https://api.photos.example --scope photos:read="See your photos" photos:write="Add and delete photos"',
      'signet apis create --audience https://pay.example --scope pay="Pay for you" --token-format opaque --lifetime 5m',
    ],
  }).requiredOption('--audience <url>', 'what stands in `aud`: an absolute URI')
  addApiOptions(command)
    .addOption(dryRunOption())
    .action((flags: Flags, self: Command) =>
      atWork(
        self,
        async (work) => {
          const registry = await apisOf(work)
          const { audience, dryRun } = flags
          const wishes = { audience, scopes: new Map(), ...changesOfFlags(flags) }
          const api = apiJson(await (dryRun ? registry.plan(wishes) : registry.create(wishes, work.actor)))
          if (dryRun) work.output.show({ dryRun, would: 'create', ...api }, () => `Would create:\n${card(api)}`)
          else work.output.show(api, () => card(api))
        },
        apiConcerns,
      ),
    )
}
