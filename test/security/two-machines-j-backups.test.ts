import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { postgresBinaries } from '#test/support/postgres.ts'
import { aMachine } from '../cli/machine.ts'
import { expectJsonError } from './support/answers.ts'
import { describeMachines, expectDeadAtBoth, type Room, untilWhole } from './support/machine-room.ts'
import { both } from './support/machines.ts'
import { authorizeUrl, getCode, introspect, redeem, refresh, revoke, signIn, type Tokens } from './support/steps.ts'
import { asTokens, expectAlive, expectInactive } from './support/tokens.ts'

async function isSignedIn({ world }: Room, { person }: Pick<Tokens, 'person'>): Promise<boolean> {
  return (await person.authorize(authorizeUrl(world, world.c1, { prompt: 'none' }))).searchParams.has('code')
}

/** The next tokens of a family, once the grace for the last ones is over and its floor is in SQL. */
async function rotated({ world, clock }: Room, tokens: Tokens): Promise<Tokens> {
  const next = asTokens(tokens.client, tokens, await refresh(world, tokens.client, tokens.refresh))
  clock.move(31)
  await world.server.flush()
  return next
}

/** What there was before Redis was copied, and what became of it since. */
async function aDay(room: Room, copy: () => void) {
  const { world, at } = room
  const { c1 } = world
  const [idle, used, revoked, loggedOut, single] = [
    await signIn(world),
    await signIn(world),
    await signIn(world),
    await signIn(world),
    await signIn(world),
  ]
  const [spent, unspent] = [await getCode(world), await getCode(world)]
  copy()
  const second = await rotated(room, used)
  const third = await rotated(room, second)
  await revoke(at(0), c1, revoked.refresh)
  await revoke(at(1), c1, single.access)
  const { browser } = loggedOut.person
  await browser.press(await browser.open(`${world.issuer}/logout`), 'logout')
  const redeemed = asTokens(c1, idle, await redeem(at(0), spent))
  return { idle, first: used, third, revoked, loggedOut, single, spent, unspent, redeemed }
}

const epochsOf = async ({ world }: Room) => {
  const { epochs } = world.server.stores
  return (await epochs.list(world.server.clock.now())).map(({ epoch }) => epoch)
}

describeMachines(
  'backups that come back',
  (room) => {
    test.for<[string, (yesterday: string) => string | undefined]>([
      ["yesterday's append-only file", (yesterday) => yesterday],
      ['nothing at all', () => undefined],
    ])(
      'J14 Redis comes back with %s: noticed, nobody is signed out, and nothing that was over is back',
      async ([_what, choose]) => {
        const { world, at, lab, redis } = room()
        const { c1 } = world
        const yesterday = lab.newFolder('yesterday')
        const known = await aDay(room(), () => redis.copyFiles(yesterday))
        await world.server.flush()
        const before = await epochsOf(room())
        await redis.kill()
        redis.replaceFiles(choose(yesterday))
        await redis.start()
        await untilWhole(room())
        const changed = (await epochsOf(room())).filter((epoch, bucket) => epoch !== before[bucket])
        expect(changed.length).toBeGreaterThan(0)
        await expectDeadAtBoth(room(), known.revoked)
        await expectDeadAtBoth(room(), known.loggedOut)
        expect(await isSignedIn(room(), known.loggedOut)).toBe(false)
        for (const machine of both) expectInactive(await introspect(at(machine), c1, known.single.access))
        expectJsonError(await redeem(at(1), known.spent), 400, 'invalid_grant', 'a spent code')
        // One whose bucket lost nothing since is still good; but once.
        await redeem(at(0), known.unspent)
        expectJsonError(await redeem(at(1), known.unspent), 400, 'invalid_grant', 'an unspent code, twice')
        expect(await isSignedIn(room(), known.idle)).toBe(true)
        await expectAlive(at(0), asTokens(c1, known.idle, await expectAlive(at(1), known.idle)))
        await expectAlive(at(0), known.redeemed)
        const fourth = await rotated(room(), known.third)
        expect(fourth.refresh.split('.')[2]).toBe('4')
        expectJsonError(await refresh(at(0), c1, known.first.refresh), 400, 'invalid_grant')
        await expectDeadAtBoth(room(), fourth)
      },
    )

    test('J14 PostgreSQL restored from a backup, and said so: what Redis knows to be over stays over', async () => {
      const { world, at, start } = room()
      const { c1 } = world
      const [kept, revoked, raised] = [
        await signIn(world),
        await signIn(world),
        await signIn(world, { user: world.u2 }),
      ]
      const restore = backUp(room())
      const younger = await signIn(world)
      await revoke(at(1), c1, revoked.refresh)
      await world.server.users.signOut(world.u2.sub, 'test')
      await restore()
      expect(await tellRestored(room())).toMatchObject({ restored: true, endsEverything: false })
      for (const machine of both) await start(machine)
      await untilWhole(room())
      await expectDeadAtBoth(room(), revoked)
      await expectDeadAtBoth(room(), raised)
      expectJsonError(await refresh(at(0), c1, younger.refresh), 400, 'invalid_grant')
      await expectAlive(at(1), asTokens(c1, kept, await expectAlive(at(0), kept)))
      for (const user of [world.u1, world.u2]) await expectAlive(at(1), await signIn(world, { user }))
    })

    test('J14 with --end-everything nothing from before is alive, and everybody can sign in again', async () => {
      const { world, at, start } = room()
      const kept = await signIn(world)
      const restore = backUp(room())
      const younger = await signIn(world)
      await restore()
      expect(await tellRestored(room(), '--end-everything')).toMatchObject({ restored: true, endsEverything: true })
      for (const machine of both) await start(machine)
      await untilWhole(room())
      for (const tokens of [kept, younger]) {
        await expectDeadAtBoth(room(), tokens)
        expect(await isSignedIn(room(), tokens)).toBe(false)
      }
      await expectAlive(at(0), await signIn(world))
    })
  },
  // Codes that are still good when Redis is back.
  { flags: { 'tokens.codeLifetime': '5m' }, expected: [503] },
)

/** What an operator does with `pg_dump`; what it answers ends both machines and restores the database. */
function backUp({ lab, postgres, stop }: Room): () => Promise<void> {
  const tool = (name: string) => join(postgresBinaries()?.folder ?? '', name)
  const file = join(lab.newFolder('backup'), 'signet.dump')
  execFileSync(tool('pg_dump'), ['-Fc', '-f', file, postgres.url], { stdio: 'pipe' })
  return async () => {
    for (const machine of both) await stop(machine)
    execFileSync(tool('pg_restore'), ['--clean', '--if-exists', '-d', postgres.url, file], { stdio: 'pipe' })
  }
}

/** `signet db restored`, as a process of its own. */
async function tellRestored({ flags, world }: Room, ...more: readonly string[]) {
  const machine = await aMachine({ migrate: false })
  const env = {
    DATABASE_URL: flags['database.url'] ?? '',
    REDIS_URL: flags['redis.url'] ?? '',
    SIGNET_ISSUER: world.issuer,
  }
  return machine.json(['db', 'restored', ...more, '--yes'], { env }).finally(machine.remove)
}
