import { afterAll, beforeAll, expect, test } from 'vitest'
import { authorizeUrl, postForm, signIn } from '#test/security/support/steps.ts'
import { aWorld, type World } from '#test/security/support/world.ts'

let world: World

beforeAll(async () => {
  world = await aWorld({ flags: { 'throttle.requests': '5', 'throttle.perClient': '3' } })
})
afterAll(() => world.close())

test('sign-ins that are begun are counted per network, and told to wait beyond the limit', async () => {
  const { server, c1 } = world
  const begin = () => world.send(authorizeUrl(world, c1))
  for (let count = 0; count < 5; count++) expect((await begin()).status).toBe(303)
  const refused = await begin()
  expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([429, true])
  const posted = await postForm(world, '/authorize', Object.fromEntries(authorizeUrl(world, c1).searchParams))
  expect(posted.status).toBe(429)

  server.clock.move(15 * 60 + 1)
  const person = (await signIn(world)).person
  for (let count = 0; count < 10; count++) {
    expect((await person.browser.open(authorizeUrl(world, c1))).left).toBe(true)
  }
})

test('made-up clients share one counter and one line a minute in the trail', async () => {
  const { server } = world
  const ask = (id: string) =>
    postForm(world, '/token', { grant_type: 'client_credentials', client_id: id, client_secret: 'x' })
  const statuses: number[] = []
  for (let count = 0; count < 6; count++) statuses.push((await ask(`made-up-${count}`)).status)
  expect(statuses).toEqual([401, 401, 401, 429, 429, 429])
  await server.flush()
  const failures = (await server.stores.audit.list({})).filter(({ event }) => event === 'client.authentication_failed')
  expect(failures).toHaveLength(1)
  expect(await (await server.metrics.expose()).text).toMatch(
    /signet_audit_events_total\{event="client.authentication_failed",outcome="failure"\} 6/,
  )
})
