import type { Command } from 'commander'
import type { StoredKey } from '#core/keys/stored-ring.ts'
import { reject } from '#core/oauth/rejection.ts'
import { ringKeySettings } from '#idp/ring-settings.ts'
import { atWork, patientWithMany, type Work } from './at-work.ts'
import { confirmed } from './confirm.ts'
import { endEverything, everythingEnds, type Reach, reachJson, reachOfEverything } from './end-everything.ts'
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
      'signet keys retire --yes --compromised -- -x7Qk…        a kid that begins with a dash, after --',
    ],
  })
    .option('--compromised', 'others may have its private part: nobody trusts it from now on')
    .addOption(dryRunOption())
    .addOption(yesOption())
    .action((kid: string, flags: Flags, self: Command) =>
      atWork(self, (work) => retireKey(kid, flags, work), openKeyConcerns, patientWithMany),
    )
}

async function retireKey(kid: string, flags: Flags, work: Work): Promise<void> {
  const { stores, config, clock, output } = work
  const { compromised } = flags
  const key = (await stores.keys.read())?.keys.find((each) => each.kid === kid)
  if (!key) return reject('missing', 'kid', `There is no key ${kid}.`)
  const endsAll = compromised === true && key.use === 'mac'
  const reach = endsAll ? await reachOfEverything(work) : undefined
  const isHarmless = !compromised && !flags.dryRun
  const danger = { what: endsAll ? consequenceOfMac(key, reach) : consequence(key, compromised), name: kid }
  if (!isHarmless && !(await confirmed(danger, flags, output))) return

  const { retire } = await import('#core/keys/retire.ts')
  const settings = ringKeySettings(config)
  const change = { kid, compromised, now: clock.now(), settings }
  const { successor, isNew } = await changeKeys(work, (ring) => retire(ring, change))
  await recordKey(work, compromised ? 'key.compromised' : 'key.retired', key)
  if (successor && isNew) await recordKey(work, 'key.created', successor)
  if (endsAll) await endAfter(key, reach, work)
  const shown = { kid, compromised: compromised ?? false, successor: successor ? keyJson(successor) : null }
  output.show({ ...shown, ...(endsAll && reachJson(reach)) }, () =>
    card({ retired: kid, successor: successor?.kid, 'signs from': successor?.signsFrom.toISOString() }),
  )
}

/** What a person agrees to. */
function consequence({ kid, alg, use }: StoredKey, compromised: boolean | undefined): string {
  if (use === 'enc' && compromised)
    return `Key ${kid} (${alg}) leaves the JWKS now and opens nothing any more: apps that encrypt to it fail until they look again.`
  if (use === 'enc')
    return `Key ${kid} (${alg}) leaves the JWKS when its successor is known everywhere. What is late is still opened.`
  if (!compromised)
    return `Key ${kid} (${alg}) stops signing when its successor is known everywhere. What it signed stays good.`
  return `Key ${kid} (${alg}) leaves the JWKS now. Every token that it signed is void: people and apps sign in again.`
}

/** Who has a MAC key can make refresh tokens of any sign-in: nothing that is open is safe. */
function consequenceOfMac({ kid, alg }: StoredKey, reach: Reach): string {
  return `Key ${kid} (${alg}) leaves the ring now. ${everythingEnds(reach)}`
}

async function endAfter({ kid }: StoredKey, reach: Reach, work: Work): Promise<void> {
  try {
    await endEverything(work, reach)
  } catch (error) {
    work.output.warn(
      `Key ${kid} has left the ring, but not everything has ended. Run: signet sessions revoke --everyone`,
    )
    throw error
  }
}
