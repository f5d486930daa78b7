import type { Config } from '#config/config.ts'
import { later } from '#core/clock.ts'
import { ringKeySettings } from '#idp/ring-settings.ts'
import type { OpenStores } from '#stores/open.ts'
import { type DoctorFinding, fine, warning, wrong } from './doctor-finding.ts'
import { explain } from './explain.ts'

/** A server looks every few seconds; a key whose successor is later than this is forgotten, not late. */
const patience = 3600

/** Whether the ring is there, opens with `keys.secret`, and is being rotated. */
export async function checkKeys(
  config: Config,
  { keys, keyMemory }: OpenStores,
  now: Date,
): Promise<readonly DoctorFinding[]> {
  const ring = await keys.read()
  if (!ring) {
    if ((await keyMemory.list()).length === 0)
      return [warning('There is no key ring yet.', 'The server makes one at its first start.')]
    return [wrong('The key ring is gone, but the database remembers keys.', 'Restore the keys from a backup.')]
  }
  return [...(await checkOpening(ring, config)), await checkRotation(ring, config, now)]
}

type Ring = NonNullable<Awaited<ReturnType<OpenStores['keys']['read']>>>

async function checkOpening(ring: Ring, { keys }: Config): Promise<readonly DoctorFinding[]> {
  if (keys.secret === '')
    return [warning('keys.secret is not set: whether the keys open cannot be seen.', 'Set SIGNET_KEYS_SECRET_FILE.')]
  const { openStoredRing } = await import('#core/keys/opened-ring.ts')
  try {
    await openStoredRing(ring, keys.secret)
    return [fine(`All ${ring.keys.length} keys open with keys.secret.`)]
  } catch (error) {
    return [wrong(explain(error).lines.join(' '), 'Give the secret that the keys were sealed under.')]
  }
}

async function checkRotation(ring: Ring, config: Config, now: Date): Promise<DoctorFinding> {
  const { dueAlgs } = await import('#core/keys/renew.ts')
  const overdue = dueAlgs(ring.keys, ringKeySettings(config), later(now, -patience))
  if (overdue.length === 0) return fine('No key is overdue.')
  return wrong(
    `The ${overdue.join(' and ')} key should have a successor by now.`,
    `Is a server running? Or run: signet keys rotate --alg ${overdue[0]}`,
  )
}
