import type { Command } from 'commander'
import { reject } from '#core/oauth/rejection.ts'
import { ringKeySettings } from '#idp/ring-settings.ts'
import { atWork, type Work } from './at-work.ts'
import { confirmed } from './confirm.ts'
import { changeKeys, keyJson, openKeyConcerns, recordKey } from './key-work.ts'
import { card } from './table.ts'
import { type Caution, dryRunOption, verb, yesOption } from './verb.ts'

type Flags = Caution & { readonly compromised?: boolean }

/** `signet keys retire <kid>`: without haste, or at once where others may have the key. */
export function keysRetire(keys: Command): void {
  verb(keys, 'retire <kid>', {
    about: 'See to it that a key stops signing; a successor takes over.',
    examples: [
      'signet keys retire 0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM',
      'signet keys retire 0vx7agoebGcQ… --compromised --yes        out of the JWKS now; all it signed is void',
    ],
  })
    .option('--compromised', 'others may have its private part: nobody trusts it from now on')
    .addOption(dryRunOption())
    .addOption(yesOption())
    .action((kid: string, flags: Flags, self: Command) =>
      atWork(self, (work) => retireKey(kid, flags, work), openKeyConcerns),
    )
}

async function retireKey(kid: string, flags: Flags, work: Work): Promise<void> {
  const { stores, config, clock, output } = work
  const { compromised } = flags
  const key = (await stores.keys.read())?.keys.find((each) => each.kid === kid)
  if (!key) return reject('missing', 'kid', `There is no key ${kid}.`)
  const what = compromised
    ? `Key ${kid} (${key.alg}) leaves the JWKS now. Every token that it signed is void: people and apps sign in again.`
    : `Key ${kid} (${key.alg}) stops signing when its successor is known everywhere. What it signed stays good.`
  const isHarmless = !compromised && !flags.dryRun
  if (!isHarmless && !(await confirmed({ what, name: kid }, flags, output))) return

  const { retire } = await import('#core/keys/retire.ts')
  const settings = ringKeySettings(config)
  const { successor } = await changeKeys(work, (ring) => retire(ring, { kid, compromised, now: clock.now(), settings }))
  await recordKey(work, compromised ? 'key.compromised' : 'key.retired', key)
  const shown = { kid, compromised: compromised ?? false, successor: successor ? keyJson(successor) : null }
  output.show(shown, () =>
    card({ retired: kid, successor: successor?.kid, 'signs from': successor?.signsFrom.toISOString() }),
  )
}
