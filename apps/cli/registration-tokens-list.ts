import type { Command } from 'commander'
import { atWork } from './at-work.ts'
import { initialTokenJson } from './initial-token-json.ts'
import { table } from './table.ts'
import { verb } from './verb.ts'

/** `signet registration tokens list`. */
export function registrationTokensList(tokens: Command): void {
  verb(tokens, 'list', {
    about: 'List the tokens that let clients register themselves.',
    examples: ['signet registration tokens list', 'signet registration tokens list --json'],
  }).action((_flags: object, self: Command) =>
    atWork(self, async ({ stores, clock, output }) => {
      const all = await stores.initialTokens.list()
      const rows = all.map(({ id, uses, scopes, expiresAt }) => [
        id,
        String(uses),
        expiresAt > clock.now() ? expiresAt.toISOString() : 'expired',
        scopes ? [...scopes].join(' ') : '',
      ])
      const empty = 'There are no registration tokens: signet registration tokens create'
      output.show(all.map(initialTokenJson), () => table(['ID', 'USES LEFT', 'UNTIL', 'SCOPES'], rows, empty))
    }),
  )
}
