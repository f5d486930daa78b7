import { changeRing } from '#core/keys/change-ring.ts'
import { rotate } from '#core/keys/rotate.ts'
import { ringKeySettings } from '#idp/ring-settings.ts'
import type { Op } from './op.ts'

/** What `signet keys rotate --now` does: a new key signs at once, the old ones stay published. */
export async function rotateKeys({ server }: Op): Promise<void> {
  const settings = ringKeySettings(server.config)
  for (const alg of ['RS256', 'ES256'] as const) {
    const occasion = { alg, atOnce: true, now: server.clock.now(), settings }
    await changeRing(server.stores.keys, (ring) => rotate(ring, occasion))
  }
  await server.ring.refresh()
}
