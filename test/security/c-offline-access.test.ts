import { afterEach, expect, test } from 'vitest'
import { expectJsonError } from './support/answers.ts'
import { authorizeUrl, getCode, introspect, redeem, refresh, signIn, tokensOf } from './support/steps.ts'
import { claimsOf, expectDead, expectInactive } from './support/tokens.ts'
import { aWorld, type World } from './support/world.ts'

const worlds: World[] = []

async function world(): Promise<World> {
  const made = await aWorld()
  worlds.push(made)
  return made
}

afterEach(async () => {
  for (const made of worlds.splice(0)) {
    made.check()
    await made.close()
  }
})

const offline = { scope: 'openid offline_access', prompt: 'consent' }
const operator = 'operator:test'

test('C24 without consent to offline_access there is no family that outlives the session', async () => {
  const it = await world()
  const denied = await signIn(it)
  expect(denied.answer.json.scope).toBe('openid')
  await it.server.endings.session(String(claimsOf(denied.id).sid), 'signed_out')
  await expectDead(it, denied)
  const silent = await signIn(it)
  const url = authorizeUrl(it, it.c1, { scope: 'openid offline_access', prompt: 'none' })
  expect((await silent.person.authorize(url)).searchParams.get('error')).toBe('consent_required')
})

test('C24 a client that may not ask for offline_access gets none, whatever it sends', async () => {
  const it = await world()
  await it.server.clients.update(it.c1.id, { scopes: ['openid', 'profile'] }, operator)
  const tokens = await signIn(it, { changes: { scope: 'openid offline_access profile', prompt: 'consent' } })
  expect(tokens.answer.json.scope).toBe('openid profile')
  expectJsonError(await refresh(it, it.c1, tokens.refresh, { scope: 'offline_access' }), 400, 'invalid_scope')
  await it.server.endings.session(String(claimsOf(tokens.id).sid), 'signed_out')
  await expectDead(it, tokens)
})

test('C24 offline access dies when the client loses the scope', async () => {
  const it = await world()
  const kept = await signIn(it, { changes: offline })
  const outstanding = await getCode(it, { changes: offline })
  await it.server.clients.update(it.c1.id, { scopes: ['openid'] }, operator)
  expectJsonError(await refresh(it, it.c1, kept.refresh), 400, 'invalid_grant')
  expectInactive(await introspect(it, it.c1, kept.refresh))
  const late = await redeem(it, outstanding)
  expect(late.json.scope).toBe('openid')
  await it.server.endings.session(String(claimsOf(tokensOf(late).id).sid), 'signed_out')
  expectJsonError(await refresh(it, it.c1, tokensOf(late).refresh), 400, 'invalid_grant')
})

test('C24 a client without the refresh grant gets no refresh token at all', async () => {
  const it = await world()
  await it.server.clients.update(it.c1.id, { grantTypes: ['authorization_code'] }, operator)
  const tokens = await signIn(it, { changes: { scope: 'openid offline_access', prompt: 'consent' } })
  expect(tokens.answer.json).not.toHaveProperty('refresh_token')
  expect(tokens.answer.json.scope).toBe('openid')
})
