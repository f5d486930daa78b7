import { changeRing } from '#core/keys/change-ring.ts'
import { rotate } from '#core/keys/rotate.ts'
import type { KeyAlg } from '#core/keys/succession.ts'
import { ringKeySettings } from '#idp/ring-settings.ts'
import type { World } from './world.ts'

/** What `signet keys rotate` does beside a running server, which sees it at its next look; another one by itself. */
export async function rotateKey({ server }: World, alg: KeyAlg, atOnce = false): Promise<void> {
  const occasion = { alg, atOnce, now: server.clock.now(), settings: ringKeySettings(server.config) }
  await changeRing(server.stores.keys, (ring) => rotate(ring, occasion))
  await server.ring.refresh()
}
