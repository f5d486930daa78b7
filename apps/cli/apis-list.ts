import type { Command } from 'commander'
import { apiJson } from './api-json.ts'
import { atWork } from './at-work.ts'
import { table } from './table.ts'
import { verb } from './verb.ts'

/** `signet apis list`. */
export function apisList(apis: Command): void {
  verb(apis, 'list', { about: 'List the APIs.', examples: ['signet apis list', 'signet apis list --json'] }).action(
    (_flags: object, self: Command) =>
      atWork(self, async ({ stores, output }) => {
        const all = await stores.apis.list()
        const rows = all.map(({ audience, scopes, tokenFormat }) => [
          audience,
          [...scopes.keys()].join(' '),
          tokenFormat,
        ])
        output.show(all.map(apiJson), () =>
          table(['AUDIENCE', 'SCOPES', 'TOKENS'], rows, 'There are no APIs yet: signet apis create'),
        )
      }),
  )
}
