import type { Command } from 'commander'
import { ringKeySettings } from '#idp/ring-settings.ts'
import { atWork } from './at-work.ts'
import { keyConcerns } from './key-work.ts'
import { table } from './table.ts'
import { verb } from './verb.ts'

/** `signet keys list`: what each key does now, and until when. */
export function keysList(keys: Command): void {
  verb(keys, 'list', {
    about: 'List the keys: which sign, which come next, which leave the JWKS when.',
    examples: ['signet keys list', 'signet keys list --json'],
  }).action((_flags: object, self: Command) =>
    atWork(
      self,
      async ({ stores, config, clock, output }) => {
        const { statesOf } = await import('#core/keys/key-state.ts')
        const ring = await stores.keys.read()
        const states = statesOf(ring?.keys ?? [], ringKeySettings(config), clock.now())
        const rows = states.map(({ kid, alg, use, signsFrom, leavesAt, state }) => [
          kid,
          alg,
          use,
          state,
          signsFrom.toISOString(),
          leavesAt?.toISOString() ?? '',
        ])
        output.show(states, () =>
          table(
            ['KID', 'ALG', 'USE', 'STATE', 'SIGNS FROM', 'LEAVES AT'],
            rows,
            'There is no key ring yet; the server makes one.',
          ),
        )
      },
      keyConcerns,
    ),
  )
}
