import { expect, test } from 'vitest'
import { changeRing } from '#core/keys/change-ring.ts'
import type { MacKey } from '#core/keys/opened-ring.ts'
import { rotate } from '#core/keys/rotate.ts'
import { writeRefreshToken } from '#core/tokens/refresh-token.ts'
import { ringKeySettings } from '#idp/ring-settings.ts'
import { expectJsonError } from './support/answers.ts'
import { introspect, refresh, revoke, signIn } from './support/steps.ts'
import { expectAlive, expectInactive } from './support/tokens.ts'
import { theWorld } from './support/world.ts'

const world = await theWorld()
const { c1, issuer, server } = world
const { clock, config, ring, stores } = server

/** What an operator does when a MAC key has leaked; answers the key that leaked. */
async function replaceMacKey(): Promise<MacKey> {
  const leaked = ring.macKey(clock.now())
  const occasion = { alg: 'HS256', now: clock.now(), settings: ringKeySettings(config), atOnce: true } as const
  await changeRing(stores.keys, (stored) => rotate(stored, occasion))
  await ring.refresh()
  clock.move(1)
  expect(ring.macKey(clock.now()).kid).not.toBe(leaked.kid)
  return leaked
}

test('C02 an old MAC key makes no refresh token of a family that was born under its successor', async () => {
  const before = await signIn(world)
  const leaked = await replaceMacKey()
  const tokens = await signIn(world)
  const [, familyId = ''] = tokens.refresh.split('.')
  for (const generation of [1, 2, 7]) {
    const forged = writeRefreshToken(leaked, { issuer, familyId, generation, clientId: c1.id })
    expectInactive(await introspect(world, c1, forged))
    expectJsonError(await refresh(world, c1, forged), 400, 'invalid_grant')
    expectJsonError(await refresh(world, c1, forged, { scope: 'openid admin' }), 400, 'invalid_grant')
    expect((await revoke(world, c1, forged)).status).toBe(200)
  }
  await expectAlive(world, tokens)
  await expectAlive(world, before)
})
