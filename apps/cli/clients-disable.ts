import type { Command } from 'commander'
import { atWork } from './at-work.ts'
import { clientJson } from './client-json.ts'
import { confirmed } from './confirm.ts'
import { clientsOf } from './registries.ts'
import { type Caution, dryRunOption, verb, yesOption } from './verb.ts'

/** `signet clients disable <id>`: nothing works for it any more, and its tokens end. */
export function clientsDisable(clients: Command): void {
  verb(clients, 'disable <id>', {
    about: 'Turn an application off: nobody signs in there, and its tokens end.',
    examples: ['signet clients disable photos', 'signet clients disable photos --yes --json'],
  })
    .addOption(dryRunOption())
    .addOption(yesOption())
    .action((id: string, caution: Caution, self: Command) =>
      atWork(self, async (work) => {
        const registry = await clientsOf(work)
        await registry.planUpdate(id, {})
        const what = `Client ${id} will be turned off, and all its tokens end.`
        if (!(await confirmed({ what, name: id }, caution, work.output))) return
        const client = await registry.disable(id, work.actor)
        work.output.show(clientJson(client), () => `Client ${id} is off. Turn it on again: signet clients enable ${id}`)
      }),
    )
}
