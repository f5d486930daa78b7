import { afterEach, expect, test } from 'vitest'
import { expectJsonError } from './support/answers.ts'
import { faultyStores } from './support/faulty-stores.ts'
import { refresh, signIn, tokensOf } from './support/steps.ts'
import { asTokens, expectDead } from './support/tokens.ts'
import { type Answer, theWorld } from './support/world.ts'

const faulty = faultyStores()
const world = await theWorld({ tamper: faulty.tamper })
const { c1, p1, server } = world
const { clock } = server
afterEach(() => faulty.heal())

function expectUnavailable(answer: Answer, because: string): void {
  expectJsonError(answer, 503, 'temporarily_unavailable', because)
  expect(Number(answer.headers.get('retry-after')), because).toBeGreaterThan(0)
}

test('C06 a reply was lost, and its repetition met a database that was away: the same successor, when it is back', async () => {
  for (const client of [c1, p1]) {
    const tokens = await signIn(world, { client, changes: { scope: 'openid roles' } })
    const lost = tokensOf(await refresh(world, client, tokens.refresh))
    faulty.fail((call) => call === 'users.find')
    for (const wait of [5, 120, 299]) {
      clock.move(wait)
      expectUnavailable(await refresh(world, client, tokens.refresh), `${wait} s later`)
    }
    faulty.heal()
    clock.move(299)
    const again = asTokens(client, tokens, await refresh(world, client, tokens.refresh))
    expect(again.refresh).toBe(lost.refresh)
    const next = asTokens(client, tokens, await refresh(world, client, again.refresh))
    expectJsonError(await refresh(world, client, tokens.refresh), 400, 'invalid_grant')
    await expectDead(world, next)
  }
  world.check([503])
})

test('C06 an outage excuses nobody who came too late, nor anybody who was answered', async () => {
  const scope = { scope: 'openid roles' }
  const [late, answered] = [await signIn(world, { changes: scope }), await signIn(world, { changes: scope })]
  for (const { refresh: token } of [late, answered]) await refresh(world, c1, token)
  clock.move(29)
  expect((await refresh(world, c1, answered.refresh)).status).toBe(200)
  clock.move(1)
  faulty.fail((call) => call === 'users.find')
  for (const { refresh: token } of [late, answered]) expectUnavailable(await refresh(world, c1, token), 'too late')
  faulty.heal()
  for (const { refresh: token } of [late, answered])
    expectJsonError(await refresh(world, c1, token), 400, 'invalid_grant')
  world.check([503])
})

test('C02 a reuse that comes from everywhere at once is told once in the trail, however slow that is', async () => {
  const first = await signIn(world)
  const second = tokensOf(await refresh(world, c1, first.refresh))
  await refresh(world, c1, second.refresh)
  const others: Promise<Answer>[] = []
  faulty.watch()
  faulty.before('audit.put', async () => {
    for (let times = 0; times < 5; times++) others.push(refresh(world, c1, first.refresh))
    await expect.poll(() => faulty.calls.filter((call) => call === 'families.rotate').length).toBe(6)
  })
  const one = await refresh(world, c1, first.refresh)
  for (const answer of [one, ...(await Promise.all(others))]) expectJsonError(answer, 400, 'invalid_grant')
  expect(others).toHaveLength(5)
  expect(await reusesOf(first.refresh)).toHaveLength(1)
})

async function reusesOf(token: string) {
  const [, familyId] = token.split('.')
  return (await server.stores.audit.list({})).filter(
    (line) => line.event === 'token.reused' && line.familyId === familyId,
  )
}
