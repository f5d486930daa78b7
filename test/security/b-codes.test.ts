import { describe, expect, onTestFinished, test } from 'vitest'
import { expectJsonError } from './support/answers.ts'
import {
  getCode,
  introspect,
  personOf,
  postForm,
  redeem,
  refresh,
  signIn,
  tokensOf,
  userInfo,
} from './support/steps.ts'
import { type Answer, aWorld, theWorld, type World } from './support/world.ts'

const world = await theWorld()
const { server } = world

/** Everything that a redemption handed out is dead. */
async function expectDead(w: World, first: Answer): Promise<void> {
  const { access, refresh: token } = tokensOf(first)
  expect((await introspect(w, w.c1, access)).json).toEqual({ active: false })
  expect((await introspect(w, w.c1, token)).json).toEqual({ active: false })
  expect((await userInfo(w, access)).status).toBe(401)
  expectJsonError(await refresh(w, w.c1, token), 400, 'invalid_grant')
}

describe('B07 a code belongs to its client', () => {
  test("B07 another client's code is refused and burned", async () => {
    for (const [owner, thief] of [
      [world.c1, world.c2],
      [world.p1, world.c1],
      [world.c1, world.rs1.client],
    ] as const) {
      const granted = await getCode(world, { client: owner })
      const stolen = await redeem(world, granted, { as: thief })
      expect([400, stolen.json.error === 'unauthorized_client' ? 'unauthorized_client' : 'invalid_grant']).toEqual([
        stolen.status,
        stolen.json.error,
      ])
      const later = await redeem(world, granted)
      if (thief !== world.rs1.client) expectJsonError(later, 400, 'invalid_grant')
    }
  })

  test('B07 a thief without credentials, or with wrong ones, burns nothing', async () => {
    const granted = await getCode(world)
    expectJsonError(await redeem(world, granted, { as: world.p1 }), 400, 'invalid_grant')
    const fields = {
      grant_type: 'authorization_code',
      code: granted.code,
      redirect_uri: granted.redirectUri,
      code_verifier: granted.verifier,
    }
    expectJsonError(await postForm(world, '/token', fields), 401, 'invalid_client')
    expectJsonError(
      await postForm(world, '/token', { ...fields, client_id: 'c2', client_secret: 'wrong' }),
      401,
      'invalid_client',
    )
    expectJsonError(await postForm(world, '/token', { ...fields, client_id: 'c1' }), 401, 'invalid_client')
    expect((await redeem(world, granted)).status).toBe(200)
  })

  test('B07 a client_id in the form cannot differ from the one that proved itself', async () => {
    const granted = await getCode(world, { client: world.c2 })
    const fields = {
      grant_type: 'authorization_code',
      code: granted.code,
      redirect_uri: granted.redirectUri,
      code_verifier: granted.verifier,
    }
    expectJsonError(await postForm(world, '/token', { ...fields, client_id: 'c2' }, world.c1), 400, 'invalid_request')
    expect((await redeem(world, granted)).status).toBe(200)
  })

  test('B07 what is not a code is refused, and nothing more is said', async () => {
    const granted = await getCode(world)
    const codes = [
      '',
      'x',
      `${granted.code}x`,
      granted.code.slice(0, -1),
      granted.code.replace('code_', ''),
      ` ${granted.code}`,
      `${granted.code}\0`,
      'code_',
      '__proto__',
      'x'.repeat(50_000),
      `code_${'A'.repeat(43)}`,
    ]
    const told = new Set<unknown>()
    for (const code of codes) {
      const answer = await redeem(world, granted, { changes: { code } })
      expectJsonError(answer, 400, code === '' ? 'invalid_request' : 'invalid_grant')
      if (code !== '') told.add(answer.text)
    }
    expect(told.size).toBe(1)
    expectJsonError(
      await redeem(world, granted, { changes: { code: [granted.code, granted.code] } }),
      400,
      'invalid_request',
    )
    expect((await redeem(world, granted)).status).toBe(200)
  })
})

describe('B08 a code lives for a minute', () => {
  test.each([61, 3600, 86_400, 400 * 86_400])('B08 not %d seconds', async (seconds) => {
    const aging = await aWorld()
    onTestFinished(aging.close)
    const granted = await getCode(aging)
    aging.server.clock.move(seconds)
    for (const tries of [1, 2]) expectJsonError(await redeem(aging, granted), 400, 'invalid_grant', `try ${tries}`)
    aging.check()
  })

  test('B08 nor with another clock than the store had, and still at 58', async () => {
    const granted = await getCode(world)
    server.clock.move(58)
    expect((await redeem(world, granted)).status).toBe(200)
  })
})

describe('B09 a code that comes back ends what it began', () => {
  test('B09 at once, for access, refresh and UserInfo', async () => {
    const granted = await getCode(world, { changes: { scope: 'openid offline_access' } })
    const first = await redeem(world, granted)
    expectJsonError(await redeem(world, granted), 400, 'invalid_grant')
    await expectDead(world, first)
    expectJsonError(await redeem(world, granted), 400, 'invalid_grant')
  })

  test('B09 also what was refreshed meanwhile, and after the code has expired', async () => {
    const granted = await getCode(world, { changes: { scope: 'openid offline_access' } })
    const first = await redeem(world, granted)
    const second = await refresh(world, world.c1, tokensOf(first).refresh)
    server.clock.move(300)
    expectJsonError(await redeem(world, granted), 400, 'invalid_grant')
    await expectDead(world, second)
  })

  test('B09 whatever else is wrong with the replay, and whoever brings it', async () => {
    for (const changes of [
      { code_verifier: undefined },
      { redirect_uri: 'https://evil.test/cb' },
      { code_verifier: 'x' },
    ]) {
      const granted = await getCode(world)
      const first = await redeem(world, granted)
      expectJsonError(await redeem(world, granted, { changes }), 400, 'invalid_grant')
      await expectDead(world, first)
    }
    const granted = await getCode(world)
    const first = await redeem(world, granted)
    expectJsonError(await redeem(world, granted, { as: world.c2 }), 400, 'invalid_grant')
    expect((await userInfo(world, tokensOf(first).access)).status).toBe(200)
  })

  test('B09 other sign-ins of the person stay', async () => {
    const person = personOf(world, world.u1)
    const other = await signIn(world, { person, client: world.c2 })
    const granted = await getCode(world, { person })
    await redeem(world, granted)
    expectJsonError(await redeem(world, granted), 400, 'invalid_grant')
    expect((await userInfo(world, other.access)).status).toBe(200)
    expect((await refresh(world, world.c2, other.refresh)).status).toBe(200)
  })
})

describe('B10 one winner, and nothing left of what a race began', () => {
  const sizes = [
    { stores: 'memory', codes: 20 },
    { stores: 'real', codes: 5 },
  ] as const

  test.each(sizes)(
    'B10 $codes codes, 100 redemptions each, $stores stores',
    { timeout: 120_000 },
    async ({ stores, codes }) => {
      const racing = await aWorld({ stores })
      onTestFinished(racing.close)
      const person = personOf(racing, racing.u1)
      for (let round = 0; round < codes; round++) {
        const granted = await getCode(racing, { person })
        const answers = await Promise.all(Array.from({ length: 100 }, () => redeem(racing, granted)))
        const won = answers.filter(({ status }) => status === 200)
        const lost = answers.filter(({ status, json }) => status === 400 && json.error === 'invalid_grant')
        expect(won.length).toBe(1)
        expect(won.length + lost.length).toBe(100)
        for (const answer of won) await expectDead(racing, answer)
        expectJsonError(await redeem(racing, granted), 400, 'invalid_grant')
      }
      racing.check()
    },
  )
})
