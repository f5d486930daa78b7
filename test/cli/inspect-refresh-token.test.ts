import { expect, test } from 'vitest'
import { inspectToken } from '#cli/inspect-token.ts'
import { changeRing } from '#core/keys/change-ring.ts'
import { rotate } from '#core/keys/rotate.ts'
import { writeRefreshToken } from '#core/tokens/refresh-token.ts'
import { ringKeySettings } from '#idp/ring-settings.ts'
import { introspect, signIn } from '#test/security/support/steps.ts'
import { theWorld } from '#test/security/support/world.ts'

const world = await theWorld({ flags: { 'tokens.refreshIdle': '1h' } })
const { c1, issuer, server } = world
const { clock, config, ring, stores } = server

/** What is wrong with it, as the command says it; introspection has to agree. */
async function faults(token: string): Promise<readonly string[]> {
  const { findings } = await inspectToken(token, { config, clock, stores })
  const wrong = findings.filter(({ level }) => level === 'error').map(({ what }) => what)
  expect((await introspect(world, c1, token)).json.active).toBe(wrong.length === 0)
  return wrong
}

test('one under a MAC key that is not its family’s is not valid', async () => {
  const leaked = ring.macKey(clock.now())
  const occasion = { alg: 'HS256', now: clock.now(), settings: ringKeySettings(config), atOnce: true } as const
  await changeRing(stores.keys, (stored) => rotate(stored, occasion))
  await ring.refresh()
  clock.move(1)
  const { refresh } = await signIn(world)
  const [, familyId = ''] = refresh.split('.')
  const forged = writeRefreshToken(leaked, { issuer, familyId, generation: 1, clientId: c1.id })
  expect(await faults(refresh)).toEqual([])
  expect(await faults(forged)).toEqual(['The MAC is wrong: its family has another key.'])
})

test('one that lay unused for too long has expired', async () => {
  const { refresh } = await signIn(world)
  clock.move(config.tokens.refreshIdle)
  expect(await faults(refresh)).toEqual([expect.stringMatching(/^It expired at /)])
})

test('one whose client may not keep access any more is not valid', async () => {
  const { refresh } = await signIn(world, { changes: { scope: 'openid offline_access' } })
  expect(await faults(refresh)).toEqual([])
  await server.clients.update(c1.id, { scopes: ['openid'] }, 'test')
  expect(await faults(refresh)).toEqual([expect.stringContaining('may not ask for offline_access')])
})
