import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { expectJsonError } from './support/answers.ts'
import { describeHomes, embeddedHome } from './support/homes.ts'
import { authorizeUrl, getCode, introspect, redeem, refresh, revoke, signIn, type Tokens } from './support/steps.ts'
import { asTokens, expectAlive, expectDead, expectInactive } from './support/tokens.ts'
import type { World } from './support/world.ts'

const eventOf = 'token.family_recovered'

/** The fast store loses everything, or is put back to what it was; SQL stays. Redis has suites of its own for this. */
describeHomes(
  'a fast store that loses its memory',
  (home) => {
    let world: World
    beforeEach(async () => {
      world = await home().move()
    })
    afterEach(async () => {
      world.check()
      await world.close()
      for (const folder of ['data', 'keys']) rmSync(join(home().folder, folder), { recursive: true, force: true })
    })

    const parts = ['', '-wal', '-shm']
    const file = () => join(home().folder, 'data', 'state.db')
    const wipe = () => parts.forEach((part) => void rmSync(file() + part, { force: true }))
    const copy = (from: string, to: string) =>
      parts.forEach((part) => void (existsSync(from + part) && copyFileSync(from + part, to + part)))

    /** The next tokens of the family, once the grace for the last ones is over. */
    async function rotated(tokens: Tokens): Promise<Tokens> {
      const next = asTokens(tokens.client, tokens, await refresh(world, tokens.client, tokens.refresh))
      home().clock.move(31)
      return next
    }

    async function isSignedIn({ person }: Tokens): Promise<boolean> {
      const answer = await person.authorize(authorizeUrl(world, world.c1, { prompt: 'none' }))
      return answer.searchParams.has('code')
    }

    test('J14 nobody is signed out, at no app and at no browser', async () => {
      const [fresh, used] = [await signIn(world), await rotated(await signIn(world))]
      world = await home().restart(world, wipe)
      expect((await introspect(world, world.c1, fresh.refresh)).json.active).toBe(true)
      await expectAlive(world, fresh)
      await expectAlive(world, await rotated(used))
      expect(await isSignedIn(fresh)).toBe(true)
      await world.server.flush()
      const told = (await world.server.stores.audit.list({})).filter(({ event }) => event === eventOf)
      expect(told.map(({ userId }) => userId)).toEqual([world.u1.sub, world.u1.sub])
    })

    test('J14 nothing revoked comes back, whatever ended it', async () => {
      const [revoked, loggedOut, alive] = [await signIn(world), await signIn(world), await signIn(world)]
      await revoke(world, world.c1, revoked.refresh)
      const [session] = await world.server.stores.facts.listSessions(world.u1.sub, world.server.clock.now())
      const other = await signIn(world, { user: world.u2 })
      await world.server.users.disable(world.u2.sub, 'test')
      await revoke(world, world.c1, alive.access)
      const { sid } = (await introspect(world, world.c1, loggedOut.access)).json
      await world.server.endings.session(String(sid), 'signed_out')
      expect(session).toBeDefined()
      world = await home().restart(world, wipe)
      await expectDead(world, revoked)
      await expectDead(world, loggedOut)
      expect(await isSignedIn(loggedOut)).toBe(false)
      await expectDead(world, other)
      expectInactive(await introspect(world, world.c1, alive.access))
      expect((await refresh(world, world.c1, alive.refresh)).status).toBe(200)
    })

    test('J14 a used refresh token stays used, and ends the family that it brings back', async () => {
      const first = await signIn(world)
      const second = await rotated(first)
      const third = await rotated(second)
      world = await home().restart(world, wipe)
      expectInactive(await introspect(world, world.c1, second.refresh))
      expect((await introspect(world, world.c1, third.refresh)).json.active).toBe(true)
      expectJsonError(await refresh(world, world.c1, first.refresh), 400, 'invalid_grant')
      await expectDead(world, third)
    })

    test('J14 an older copy of the store is no better than none', async () => {
      const first = await signIn(world)
      const revoked = await signIn(world)
      world = await home().restart(world, () => copy(file(), `${file()}.old`))
      home().clock.move(60)
      const second = await rotated(first)
      const third = await rotated(second)
      await revoke(world, world.c1, revoked.refresh)
      world = await home().restart(world, () => {
        wipe()
        copy(`${file()}.old`, file())
      })
      await expectDead(world, revoked)
      const fourth = asTokens(world.c1, third, await expectAlive(world, third))
      home().clock.move(31)
      expectJsonError(await refresh(world, world.c1, first.refresh), 400, 'invalid_grant')
      await expectDead(world, fourth)
    })

    test('J14 what is refused for another reason costs a family that comes back no rotation', async () => {
      const tokens = await signIn(world)
      world = await home().restart(world, wipe)
      const wishes = { resource: 'https://nowhere.test' }
      expectJsonError(await refresh(world, world.c1, tokens.refresh, wishes), 400, 'invalid_target')
      home().clock.move(31)
      await expectAlive(world, tokens)
    })

    test('J14 codes from before are refused, and the person needs no more than to ask again', async () => {
      const granted = await getCode(world)
      world = await home().restart(world, wipe)
      expectJsonError(await redeem(world, granted), 400, 'invalid_grant')
      expect(await isSignedIn({ ...granted, access: '', refresh: '', id: '', answer: { ...blank } })).toBe(true)
    })

    test('C06 a reply that was lost with the store is answered again, when it is back after an hour', async () => {
      const tokens = await signIn(world)
      const lost = await refresh(world, world.c1, tokens.refresh)
      world = await home().restart(world, () => home().clock.move(3600))
      const again = await refresh(world, world.c1, tokens.refresh)
      expect({ status: again.status, token: again.json.refresh_token }).toEqual({
        status: 200,
        token: lost.json.refresh_token,
      })
      home().clock.move(31)
      expectJsonError(await refresh(world, world.c1, tokens.refresh), 400, 'invalid_grant')
    })

    test('C05 an opaque access token lives on, and can be revoked', async () => {
      await world.server.clients.update(world.c1.id, { accessTokenFormat: 'opaque' }, 'test')
      const tokens = await signIn(world)
      expect(tokens.access).toMatch(/^at_/)
      world = await home().restart(world, wipe)
      await expectAlive(world, tokens)
      await revoke(world, world.c1, tokens.access)
      expectInactive(await introspect(world, world.c1, tokens.access))
      world = await home().restart(world, wipe)
      expectInactive(await introspect(world, world.c1, tokens.access))
    })
  },
  [embeddedHome],
)

const blank = { status: 0, headers: new Headers(), text: '', json: {}, location: undefined }
