import { decodeJwt } from 'jose'
import { describe, expect, onTestFinished, test } from 'vitest'
import { expectErrorAt } from './support/answers.ts'
import { authorizeUrl, type Changes, cookiesOf, signIn } from './support/steps.ts'
import { aWorld, theWorld } from './support/world.ts'

const world = await theWorld()

describe('A23 a hint vouches for nobody', () => {
  const silent = { prompt: 'none' }

  async function ask(changes: Changes, cookie: string) {
    return world.send(authorizeUrl(world, world.c1, changes), { headers: { cookie } })
  }

  test('A23 a hint that is not an ID token of ours', async () => {
    const { id, access, refresh, person } = await signIn(world)
    const cookie = cookiesOf(world, person)
    const [head = '', body = '', signature = ''] = id.split('.')
    const changedBody = Buffer.from(JSON.stringify({ ...decodeJwt(id), sub: world.u2.sub })).toString('base64url')
    const alg = (name: string) => Buffer.from(JSON.stringify({ alg: name, typ: 'JWT' })).toString('base64url')
    const hints = [
      `${alg('none')}.${body}.`,
      `${alg('None')}.${changedBody}.`,
      `${alg('nOnE')}.${body}.${signature}`,
      `${alg('HS256')}.${body}.${signature}`,
      `${head}.${changedBody}.${signature}`,
      `${head}.${body}.`,
      `${head}.${body}`,
      access,
      refresh,
      'x',
      '..',
      '{}',
      world.u1.sub,
      'x'.repeat(10_000),
    ]
    for (const id_token_hint of hints) {
      expectErrorAt(world, world.c1, await ask({ ...silent, id_token_hint }, cookie), 'invalid_request')
      expectErrorAt(world, world.c1, await ask({ id_token_hint }, ''), 'invalid_request')
    }
  })

  test('A23 a subject in claims is one, in whichever way it is said, or nobody is answered', async () => {
    const { person } = await signIn(world)
    const cookie = cookiesOf(world, person)
    const { u1, u2 } = world
    const askFor = (sub: object) => ask({ ...silent, claims: JSON.stringify({ id_token: { sub } }) }, cookie)
    for (const sub of [{ value: u1.sub }, { values: [u1.sub] }, { value: u1.sub, values: [u1.sub] }, {}])
      expect((await askFor(sub)).location?.searchParams.get('code'), JSON.stringify(sub)).toBeTruthy()
    for (const sub of [{ value: u2.sub }, { values: [u2.sub] }, { value: 'nobody' }])
      expectErrorAt(world, world.c1, await askFor(sub), 'login_required')
    for (const sub of [{ value: 1 }, { value: null }, { values: [] }, { values: [u1.sub, u2.sub] }, { values: [{}] }])
      expectErrorAt(world, world.c1, await askFor(sub), 'invalid_request')
  })

  test("A23 another provider's ID token", async () => {
    const { theirs, close } = await anotherProvider()
    onTestFinished(close)
    const { person } = await signIn(world)
    expectErrorAt(
      world,
      world.c1,
      await ask({ ...silent, id_token_hint: theirs }, cookiesOf(world, person)),
      'invalid_request',
    )
  })

  test('A23 a good hint of somebody who is not signed in here', async () => {
    const { id } = await signIn(world, { user: world.u1 })
    expectErrorAt(world, world.c1, await ask({ ...silent, id_token_hint: id }, ''), 'login_required')
    const { person } = await signIn(world, { user: world.u2 })
    const cookie = cookiesOf(world, person)
    expectErrorAt(world, world.c1, await ask({ ...silent, id_token_hint: id }, cookie), 'login_required')
    const claims = JSON.stringify({ id_token: { sub: { value: world.u1.sub } } })
    expectErrorAt(world, world.c1, await ask({ ...silent, claims }, cookie), 'login_required')
    const asked = await ask({ id_token_hint: id }, cookie)
    expect(asked.location?.pathname).toBe('/login')
    const left = await person.goOn(await person.browser.open(asked.location ?? ''))
    expect(left.url.searchParams.get('error')).toBe('login_required')
  })

  test('A23 an expired hint, and prompt=none beside another', async () => {
    const { id, person } = await signIn(world)
    world.server.clock.move(3600)
    const cookie = cookiesOf(world, person)
    expectErrorAt(world, world.c1, await ask({ ...silent, id_token_hint: id }, cookie), 'login_required')
    for (const prompt of ['none login', 'none consent', 'login none', 'none none x', 'NONE', 'none,login', 'create']) {
      expectErrorAt(world, world.c1, await ask({ prompt }, cookie), 'invalid_request')
    }
    expect((await ask(silent, cookie)).location?.searchParams.get('code')).toMatch(/^code_/)
  })
})

async function anotherProvider() {
  const other = await aWorld()
  const { id } = await signIn(other)
  return { theirs: id, close: () => other.close() }
}
