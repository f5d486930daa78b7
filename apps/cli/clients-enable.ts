import type { Command } from 'commander'
import { atWork } from './at-work.ts'
import { clientJson } from './client-json.ts'
import { clientsOf } from './registries.ts'
import { type Caution, dryRunOption, verb } from './verb.ts'

/** `signet clients enable <id>`: works again; tokens from before stay ended. */
export function clientsEnable(clients: Command): void {
  verb(clients, 'enable <id>', {
    about: 'Turn an application on again; its tokens from before stay ended.',
    examples: ['signet clients enable photos'],
  })
    .addOption(dryRunOption())
    .action((id: string, { dryRun }: Caution, self: Command) =>
      atWork(self, async (work) => {
        const registry = await clientsOf(work)
        if (dryRun) {
          const planned = await registry.planUpdate(id, {})
          return work.output.show({ dryRun, would: 'enable', client_id: planned.id }, () => `Would turn on ${id}.`)
        }
        const client = await registry.enable(id, work.actor)
        work.output.show(clientJson(client), () => `Client ${id} is on.`)
      }),
    )
}
