import type { Command } from 'commander'
import { reject } from '#core/oauth/rejection.ts'
import { atWork } from './at-work.ts'
import { confirmed } from './confirm.ts'
import { apisOf } from './registries.ts'
import { type Caution, dryRunOption, verb, yesOption } from './verb.ts'

/** `signet apis delete <audience>`: no token for it is made any more; those there are expire by themselves. */
export function apisDelete(apis: Command): void {
  verb(apis, 'delete <audience>', {
    about: 'Delete an API; tokens for it expire by themselves.',
    examples: ['signet apis delete https://api.photos.example --yes'],
  })
    .addOption(dryRunOption())
    .addOption(yesOption())
    .action((audience: string, caution: Caution, self: Command) =>
      atWork(self, async (work) => {
        if (!(await work.stores.apis.find(audience))) reject('missing', 'audience', `There is no API ${audience}.`)
        const what = `API ${audience} will be deleted; apps get no more tokens for it.`
        if (!(await confirmed({ what, name: audience }, caution, work.output))) return
        await (await apisOf(work)).remove(audience, work.actor)
        work.output.show({ audience, deleted: true }, () => `API ${audience} is deleted.`)
      }),
    )
}
