import type { Command } from 'commander'
import { reject } from '#core/oauth/rejection.ts'
import { apiJson } from './api-json.ts'
import { atWork } from './at-work.ts'
import { card } from './table.ts'
import { verb } from './verb.ts'

/** `signet apis show <audience>`. */
export function apisShow(apis: Command): void {
  verb(apis, 'show <audience>', {
    about: 'Show an API.',
    examples: ['signet apis show https://api.photos.example --json'],
  }).action((audience: string, _flags: object, self: Command) =>
    atWork(self, async ({ stores, output }) => {
      const found = (await stores.apis.find(audience)) ?? reject('missing', 'audience', `There is no API ${audience}.`)
      const api = apiJson(found)
      output.show(api, () => card(api))
    }),
  )
}
