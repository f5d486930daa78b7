import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectJsonError } from './support/answers.ts'
import { faultyStores } from './support/faulty-stores.ts'
import { describeHomes } from './support/homes.ts'
import { basic, getCode, introspect, parameters, redeem, refresh, revoke, signIn, tokensOf } from './support/steps.ts'
import { asTokens, expectAlive, expectDead } from './support/tokens.ts'
import type { Answer, KnownClient, World } from './support/world.ts'

/** The full size is 50; a quick run has fewer. */
const families = Number(process.env.SIGNET_TEST_RACE_FAMILIES ?? 5)
const parallel = 100
const slow = 30_000 + families * 5000

describeHomes('refresh', (home) => {
  let world: World
  const faulty = faultyStores()
  beforeAll(async () => {
    world = await home().move({ tamper: faulty.tamper })
  })
  afterAll(() => world.close())

  const together = <T>(what: () => Promise<T>) => Promise.all(Array.from({ length: parallel }, what))

  test(`C03 ${parallel} presentations of one token have one successor (${families} families)`, {
    timeout: slow,
  }, async () => {
    const { person } = await signIn(world)
    for (let family = 0; family < families; family++) {
      const client: KnownClient = family % 2 ? world.c2 : world.c1
      const tokens = await signIn(world, { client, person })
      const answers = await together(() => refresh(world, client, tokens.refresh))
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: parallel }, () => 200))
      const [successor = '', ...others] = new Set(answers.map((answer) => tokensOf(answer).refresh))
      expect(others).toEqual([])
      expect(successor.split('.').slice(1, 3)).toEqual([tokens.refresh.split('.')[1], '2'])
      const next = await refresh(world, client, successor)
      expect(tokensOf(next).refresh.split('.')[2]).toBe('3')
    }
    world.check()
  })

  test('C03 two generations presented at once by many: one lineage, or an end, and never two', async () => {
    for (let times = 0; times < 5; times++) {
      const first = await signIn(world)
      const second = tokensOf(await refresh(world, world.c1, first.refresh)).refresh
      const answers = await Promise.all(
        Array.from({ length: 40 }, (_, at) => refresh(world, world.c1, at % 4 < 2 ? first.refresh : second)),
      )
      const good = answers.filter(({ status }) => status === 200)
      for (const answer of answers) if (answer.status !== 200) expectJsonError(answer, 400, 'invalid_grant')
      const successors = new Set(good.map((answer) => tokensOf(answer).refresh.split('.')[2]))
      expect([...successors].every((generation) => generation === '2' || generation === '3')).toBe(true)
      const tokens = good.map((answer) => asTokens(world.c1, first, answer))
      // The older one came back after the younger one was used: somebody holds a copy, so everything is over. Where all
      // of the older ones came first, they were repeated, and nobody can know of a copy.
      if (good.length < answers.length) for (const each of tokens) await expectDead(world, each)
      else await expectAlive(world, tokens.findLast(({ refresh: token }) => token.split('.')[2] === '3') ?? first)
    }
    world.check()
  })

  test('C03 revocation amid a hundred refreshes wins', async () => {
    const tokens = await signIn(world)
    const [, ...answers] = await Promise.all([
      revoke(world, world.c1, tokens.refresh),
      ...Array.from({ length: parallel }, () => refresh(world, world.c1, tokens.refresh)),
    ])
    for (const answer of answers) if (answer.status !== 200) expectJsonError(answer, 400, 'invalid_grant')
    await expectDead(world, tokens)
    for (const answer of answers) {
      if (answer.status === 200)
        expect((await introspect(world, world.c1, tokensOf(answer).access)).json.active).toBe(false)
    }
    world.check()
  })

  test('C05 a restart forgets neither the rotation, nor the replay, nor the spent code', async () => {
    const granted = await getCode(world)
    const first = asTokens(world.c1, { ...granted, ...blank }, await redeem(world, granted))
    const second = asTokens(world.c1, first, await refresh(world, world.c1, first.refresh))
    const third = asTokens(world.c1, first, await refresh(world, world.c1, second.refresh))
    const honest = await signIn(world)
    const revoked = await signIn(world)
    await revoke(world, world.c1, revoked.refresh)
    world = await home().restart(world)
    await expectDead(world, revoked)
    await expectAlive(world, honest)
    expectJsonError(await refresh(world, world.c1, first.refresh), 400, 'invalid_grant')
    await expectDead(world, third)
    world = await home().restart(world)
    await expectDead(world, third)
    expectJsonError(await redeem(world, granted), 400, 'invalid_grant')
    world.check()
  })

  test('C06 a client that lost the reply gets the same successor inside the grace window', async () => {
    const tokens = await signIn(world)
    await loseReply(world, tokens.refresh)
    home().clock.move(29)
    const again = await refresh(world, world.c1, tokens.refresh)
    expect(tokensOf(again).refresh.split('.')[2]).toBe('2')
    await expectAlive(world, asTokens(world.c1, tokens, again))
  })

  test('C06 outside of it the old token is a replay, and everything ends', async () => {
    const tokens = await signIn(world)
    const other = await signIn(world)
    await loseReply(world, tokens.refresh)
    home().clock.move(30)
    expectJsonError(await refresh(world, world.c1, tokens.refresh), 400, 'invalid_grant')
    await expectDead(world, tokens)
    await expectAlive(world, other)
  })

  test('C06 repeating does not move the window', async () => {
    const tokens = await signIn(world)
    await loseReply(world, tokens.refresh)
    for (const wait of [14, 14]) {
      home().clock.move(wait)
      expect((await refresh(world, world.c1, tokens.refresh)).status).toBe(200)
    }
    home().clock.move(3)
    expectJsonError(await refresh(world, world.c1, tokens.refresh), 400, 'invalid_grant')
  })

  /** Sends a refresh and cuts the connection without reading, once the rotation is committed. */
  async function loseReply({ server, issuer, c1 }: World, token: string): Promise<void> {
    const body = parameters({ grant_type: 'refresh_token', refresh_token: token }).toString()
    const head = [
      'POST /token HTTP/1.1',
      `host: ${new URL(issuer).host}`,
      `authorization: ${basic(c1.id, c1.secret)}`,
      'content-type: application/x-www-form-urlencoded',
      `content-length: ${body.length}`,
    ]
    const socket = connect(server.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
    const [, familyId = ''] = token.split('.')
    await expect.poll(() => server.stores.families.find(familyId)).toMatchObject({ generation: 2 })
    socket.resetAndDestroy()
  }
})

const blank = { access: '', refresh: '', id: '', answer: {} as Answer }
