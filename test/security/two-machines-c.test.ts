import { expect, test } from 'vitest'
import { expectJsonError } from './support/answers.ts'
import { describeMachines, expectDeadAtBoth, type Room } from './support/machine-room.ts'
import { both } from './support/machines.ts'
import { authorizeUrl, getCode, introspect, redeem, refresh, revoke, signIn, type Tokens } from './support/steps.ts'
import { asTokens, claimsOf, expectAlive, expectInactive } from './support/tokens.ts'

const day = 86_400
const offline = { scope: 'openid offline_access', prompt: 'consent' }
const operator = 'operator:test'
const soon = { timeout: 1000, interval: 20 }

async function isSignedIn({ world }: Room, { person }: Tokens): Promise<boolean> {
  return (await person.authorize(authorizeUrl(world, world.c1, { prompt: 'none' }))).searchParams.has('code')
}

describeMachines('families and what ends them', (room) => {
  test('C02 a token that was rotated at one is reuse at the other, and everything ends at both', async () => {
    const { world, at, clock } = room()
    for (const client of [world.c1, world.c2, world.p1]) {
      const first = await signIn(world, { client })
      const second = asTokens(client, first, await refresh(at(0), client, first.refresh))
      const third = asTokens(client, first, await refresh(at(1), client, second.refresh))
      expectJsonError(await refresh(at(0), client, first.refresh), 400, 'invalid_grant')
      for (const tokens of [first, second, third]) await expectDeadAtBoth(room(), tokens, client.id)
    }
    const late = await signIn(world)
    const next = asTokens(world.c1, late, await refresh(at(0), world.c1, late.refresh))
    const again = asTokens(world.c1, late, await refresh(at(1), world.c1, late.refresh))
    expect(again.refresh).toBe(next.refresh)
    clock.move(30)
    expectJsonError(await refresh(at(1), world.c1, late.refresh), 400, 'invalid_grant')
    await expectDeadAtBoth(room(), next)
  })

  const changes: readonly (readonly [string, (room: Room) => Promise<unknown>])[] = [
    ['the password changed', ({ world: { server, u2 } }) => server.users.setPassword(u2.sub, u2.password, operator)],
    ['signed out everywhere', ({ world: { server, u2 } }) => server.users.signOut(u2.sub, operator)],
    ['everything revoked', ({ world: { server } }) => server.endings.everything('revoked_by_operator')],
    ['the person disabled', ({ world: { server, u2 } }) => server.users.disable(u2.sub, operator)],
  ]
  test('C11 what ends a person at one machine ends them at the other, at once', async () => {
    const { world, at } = room()
    const user = world.u2
    for (const [what, change] of changes) {
      const bound = await signIn(world, { user })
      const kept = await signIn(world, { user, client: world.c2, changes: offline })
      const outstanding = await getCode(world, { user })
      await change(room())
      for (const tokens of [bound, kept]) await expectDeadAtBoth(room(), tokens, what)
      expectJsonError(await redeem(at(1), outstanding), 400, 'invalid_grant', what)
      expect(await isSignedIn(room(), bound), what).toBe(false)
    }
  })

  test('C11 a consent that was withdrawn, and a group that was taken away, are gone at the other', async () => {
    const { world, at } = room()
    const { server, u1, c1 } = world
    await server.users.update(u1.sub, { claims: { groups: ['staff'] } }, operator)
    const grouped = { scope: 'openid groups', resource: world.rs1.audience }
    const api = { ...grouped, scope: `openid groups ${world.rs1.scope}` }
    const tokens = await signIn(world, { changes: api })
    expect(claimsOf(tokens.access).groups).toEqual(['staff'])
    await server.users.update(u1.sub, { claims: {} }, operator)
    await expect
      .poll(async () => claimsOf(asTokens(c1, tokens, await refresh(at(1), c1, tokens.refresh)).access).groups, soon)
      .toBeUndefined()
    await server.stores.consents.end(u1.sub, c1.id)
    await server.endings.familiesAt(u1.sub, c1.id, 'consent_withdrawn')
    await expectDeadAtBoth(room(), tokens)
  })

  test('C12 rotating at two machines extends neither the absolute nor the idle life', async () => {
    const { world, at, clock } = room()
    const { c1 } = world
    const start = clock.offset
    let live = await signIn(world, { changes: offline })
    const idle = await signIn(world, { changes: offline })
    for (let days = 0; days < 78; days += 13) {
      clock.move(13 * day)
      live = asTokens(c1, live, await refresh(at(days % 2 ? 1 : 0), c1, live.refresh))
      expect(live.refresh, `day ${days}`).not.toBe('')
      if (days === 0) continue
      for (const machine of both) expectInactive(await introspect(at(machine), c1, idle.refresh))
      expectJsonError(await refresh(at(1), c1, idle.refresh), 400, 'invalid_grant')
    }
    clock.move(12 * day - 60)
    live = asTokens(c1, live, await refresh(at(1), c1, live.refresh))
    expect(live.refresh).not.toBe('')
    clock.move(120)
    for (const machine of both) {
      expectJsonError(await refresh(at(machine), c1, live.refresh), 400, 'invalid_grant')
      expectInactive(await introspect(at(machine), c1, live.refresh))
    }
    clock.move((start - clock.offset) / 1000)
  })

  test('C21 what was active at one a moment ago is dead there as soon as the other one ended it', async () => {
    const { world, at } = room()
    const { c1, rs1, server } = world
    const ends: readonly (readonly [string, (tokens: Tokens) => Promise<unknown>])[] = [
      ['the token revoked', ({ access }) => revoke(at(1), c1, access)],
      ['the family revoked', ({ refresh: token }) => revoke(at(1), c1, token)],
      ['the session ended', ({ id }) => server.endings.session(String(claimsOf(id).sid), 'signed_out')],
      ['the person signed out', () => server.users.signOut(world.u1.sub, operator)],
      ['the client ended', () => server.clients.endTokens(c1.id, operator)],
    ]
    for (const [what, end] of ends) {
      const tokens = await signIn(world, { changes: { scope: `openid ${rs1.scope}` } })
      const asked = () =>
        Promise.all(
          both.flatMap((machine) => [c1, rs1.client].map((each) => introspect(at(machine), each, tokens.access))),
        )
      for (const answer of [...(await asked()), ...(await asked())]) expect(answer.json.active, what).toBe(true)
      await end(tokens)
      for (const answer of await asked()) expectInactive(answer, what)
    }
  })

  test('C23 a sign-out whose pages are answered by both ends families, access tokens and cookie at both', async () => {
    const { world, at } = room()
    const bound = await signIn(world)
    const { person } = bound
    const atC2 = await signIn(world, { client: world.c2, person })
    const kept = await signIn(world, { person, changes: offline })
    const outstanding = await getCode(world, { person })
    await person.browser.press(await person.browser.open(`${world.issuer}/logout`), 'logout')
    for (const tokens of [bound, atC2]) await expectDeadAtBoth(room(), tokens)
    expectJsonError(await redeem(at(1), outstanding), 400, 'invalid_grant')
    for (let times = 0; times < 2; times++) expect(await isSignedIn(room(), bound)).toBe(false)
    await expectAlive(at(0), asTokens(kept.client, kept, await expectAlive(at(1), kept)))
  })

  test('C24 offline access dies at the other machine, within a second, when the client loses the scope', async () => {
    const { world, at } = room()
    const { c1, server } = world
    const kept = await signIn(world, { changes: offline })
    const scopes = [...((await server.stores.clients.find(c1.id))?.scopes ?? [])]
    const isActive = async () => (await introspect(at(1), c1, kept.refresh)).json.active
    expect(await isActive()).toBe(true)
    await server.clients.update(c1.id, { scopes: ['openid'] }, operator)
    await expect.poll(isActive, soon).toBe(false)
    for (const machine of both) expectJsonError(await refresh(at(machine), c1, kept.refresh), 400, 'invalid_grant')
    await server.clients.update(c1.id, { scopes }, operator)
  })
})
