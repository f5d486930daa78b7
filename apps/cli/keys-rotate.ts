import { type Command, Option } from 'commander'
import type { StoredKey } from '#core/keys/stored-ring.ts'
import { type KeyAlg, keyAlgs } from '#core/keys/succession.ts'
import { ringKeySettings } from '#idp/ring-settings.ts'
import { atWork, type Work } from './at-work.ts'
import { changeKeys, keyJson, makeFirstKeys, openKeyConcerns, recordKey } from './key-work.ts'
import { card } from './table.ts'
import { type Caution, dryRunOption, verb } from './verb.ts'

type Flags = Caution & { readonly alg: KeyAlg; readonly now?: boolean }

/** `signet keys rotate`: only inserts a key; it signs when every verifier can know it. */
export function keysRotate(keys: Command): void {
  verb(keys, 'rotate', {
    about: 'Give an algorithm a new key. It is published now and signs once every verifier can know it.',
    examples: [
      'signet keys rotate',
      'signet keys rotate --alg RS256 --json',
      'signet keys rotate --now        it signs at once: verifiers that cache the JWKS fail until they fetch it again',
    ],
  })
    .addOption(
      new Option(
        '--alg <alg>',
        'whose key; HS256 is for refresh tokens, RSA-OAEP-256 and ECDH-ES are for what is encrypted to you',
      )
        .choices(keyAlgs)
        .default('ES256'),
    )
    .option('--now', 'sign at once')
    .addOption(dryRunOption())
    .action((flags: Flags, self: Command) => atWork(self, (work) => rotateKey(flags, work), openKeyConcerns))
}

async function rotateKey({ alg, now: atOnce, dryRun }: Flags, work: Work): Promise<void> {
  const { config, clock, output } = work
  if (dryRun) return plan(alg, atOnce, work)
  const first = (await makeFirstKeys(work))?.find((key) => key.alg === alg)
  if (first) return show(first, output)
  const { rotate } = await import('#core/keys/rotate.ts')
  const occasion = { alg, atOnce, now: clock.now(), settings: ringKeySettings(config) }
  const { key } = await changeKeys(work, (ring) => rotate(ring, occasion))
  await recordKey(work, 'key.created', key)
  show(key, output)
}

/** From when a new key would sign; nothing is made. */
async function plan(alg: KeyAlg, atOnce: boolean | undefined, { stores, config, clock, output }: Work): Promise<void> {
  const [{ noticeOf }, { later }] = await Promise.all([import('#core/keys/key-settings.ts'), import('#core/clock.ts')])
  const now = clock.now()
  const hasLine = (await stores.keys.read())?.keys.some((key) => key.alg === alg) && !atOnce
  const signsFrom = hasLine ? later(now, noticeOf(ringKeySettings(config))) : now
  const text = `Would make an ${alg} key that signs from ${signsFrom.toISOString()}.`
  output.show({ dryRun: true, would: 'rotate', alg, signsFrom }, () => text)
}

function show(key: StoredKey, output: Work['output']): void {
  output.show(keyJson(key), () => card({ kid: key.kid, alg: key.alg, 'signs from': key.signsFrom.toISOString() }))
  output.talk('Running servers pick it up within seconds; nothing has to be restarted.')
}
