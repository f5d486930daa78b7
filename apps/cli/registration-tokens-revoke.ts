import type { Command } from 'commander'
import { atWork } from './at-work.ts'
import { initialTokensOf } from './registries.ts'
import { verb } from './verb.ts'

/** `signet registration tokens revoke <id>`. */
export function registrationTokensRevoke(tokens: Command): void {
  verb(tokens, 'revoke <id>', {
    about: 'Take a registration token back; clients that were registered with it stay.',
    examples: ['signet registration tokens revoke reg_1f6x…'],
  }).action((id: string, _flags: object, self: Command) =>
    atWork(self, async (work) => {
      await (await initialTokensOf(work)).revoke(id, work.actor)
      work.output.show({ id, revoked: true }, () => `Registration token ${id} is revoked.`)
    }),
  )
}
