import type { Command } from 'commander'
import { atWork } from './at-work.ts'
import { confirmed } from './confirm.ts'
import { clientsOf } from './registries.ts'
import { type Caution, dryRunOption, verb, yesOption } from './verb.ts'

/** `signet clients delete <id>`: ends its tokens and forgets it. */
export function clientsDelete(clients: Command): void {
  verb(clients, 'delete <id>', {
    about: 'Delete an application; its tokens end. To stop it for a while, disable it.',
    examples: ['signet clients delete photos', 'signet clients delete photos --yes --json'],
  })
    .addOption(dryRunOption())
    .addOption(yesOption())
    .action((id: string, caution: Caution, self: Command) =>
      atWork(self, async (work) => {
        const registry = await clientsOf(work)
        const { name } = await registry.planUpdate(id, {})
        const what = `Client ${id} (${name}) will be deleted, and all its tokens end. This cannot be undone.`
        if (!(await confirmed({ what, name: id }, caution, work.output))) return
        await registry.remove(id, work.actor)
        work.output.show({ client_id: id, deleted: true }, () => `Client ${id} is deleted.`)
      }),
    )
}
