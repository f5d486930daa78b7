import { afterEach, expect, test } from 'vitest'
import { expectJsonError } from './support/answers.ts'
import { faultyStores } from './support/faulty-stores.ts'
import { refresh, signIn, tokensOf } from './support/steps.ts'
import { theWorld } from './support/world.ts'

// A rotation that happened, and an answer that failed after it: the honest retry is a repetition, until the grace is over.
const faulty = faultyStores()
const world = await theWorld({ tamper: faulty.tamper })
const { c1, server } = world
afterEach(() => faulty.heal())

test('C06 marks that cannot be read cost no rotation, however long that lasts', async () => {
  const tokens = await signIn(world)
  faulty.fail((call) => call === 'revocations.has')
  for (const _ of ['first', 'second', 'third']) {
    expectJsonError(await refresh(world, c1, tokens.refresh), 503, 'temporarily_unavailable')
    server.clock.move(60)
  }
  faulty.heal()
  const answer = await refresh(world, c1, tokens.refresh)
  expect(tokensOf(answer).refresh.split('.')[2], answer.text).toBe('2')
  world.check([503])
})

test('C06 the trail being away keeps no repetition from its successor, from elsewhere or not', async () => {
  const tokens = await signIn(world)
  const next = tokensOf(await refresh(world, c1, tokens.refresh))
  faulty.fail((call) => call === 'audit.put')
  const headers = { 'user-agent': 'elsewhere', authorization: `Basic ${btoa(`${c1.id}:${c1.secret}`)}` }
  const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: tokens.refresh })
  const answer = await world.send('/token', { method: 'POST', headers, body })
  expect(answer.status, answer.text).toBe(200)
  expect(tokensOf(answer).refresh).toBe(next.refresh)
  faulty.heal()
  await server.flush()
  const told = (await server.stores.audit.list({})).filter(({ event }) => event === 'token.repeated_elsewhere')
  expect(told).toHaveLength(1)
})

test('C06 after the claim nothing is asked but the marks, once more', async () => {
  const tokens = await signIn(world, { changes: { scope: 'openid roles' } })
  faulty.watch()
  expect((await refresh(world, c1, tokens.refresh)).status).toBe(200)
  expect(faulty.calls.slice(faulty.calls.indexOf('families.rotate'))).toEqual(['families.rotate', 'revocations.has'])
})
