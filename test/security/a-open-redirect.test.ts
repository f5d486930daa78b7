import { describe, expect, test } from 'vitest'
import { expectErrorAt, expectLocalError } from './support/answers.ts'
import { list } from './support/list.ts'
import { redirectProbe } from './support/redirect-probe.ts'
import { authorizeUrl, type Changes, parameters } from './support/steps.ts'
import { theWorld } from './support/world.ts'

const world = await theWorld()
const { server } = world
const { ask, register } = redirectProbe(world)

test('A09 an omitted redirect_uri has no default', async () => {
  const redirectUris = ['https://two.test/a', 'https://two.test/b']
  await server.clients.create({ id: 'two', name: 'two', redirectUris }, 'test')
  for (const client of [world.c1, world.p1, { ...world.c1, id: 'two' }]) {
    for (const value of [undefined, '', ' ', '\0', 'null', 'undefined']) {
      for (const answer of await ask(client, value)) expectLocalError(answer, `${client.id} ${JSON.stringify(value)}`)
    }
  }
})

describe('A11 errors go nowhere but to a registered address', () => {
  const faults = { prompt: 'none', scope: '"' }

  test('A11 an unknown client is told on our own page, whatever the rest says', async () => {
    const ids = [
      '',
      'c3',
      'C1',
      'c1 ',
      ' c1',
      'c1\0',
      'c1%00',
      'с1',
      '*',
      '__proto__',
      'constructor',
      'https://evil.test',
      "c1' OR '1'='1",
      'x'.repeat(5000),
    ]
    for (const client_id of ids) {
      expectLocalError(
        await world.send(authorizeUrl(world, world.c1, { ...faults, client_id })),
        client_id.slice(0, 40),
      )
    }
    expectLocalError(await world.send(authorizeUrl(world, world.c1, { ...faults, client_id: undefined })))
    expectLocalError(await world.send(authorizeUrl(world, world.c1, { client_id: ['c1', 'c2'] })))
    expectLocalError(await world.send(authorizeUrl(world, world.c2, { redirect_uri: world.c1.redirectUri })))
    for (const redirect_uri of ['https://evil.test/cb', undefined]) {
      expectLocalError(await world.send(authorizeUrl(world, world.c1, { ...faults, redirect_uri })))
    }
  })

  test('A11 a disabled or deleted client is told on our own page', async () => {
    const gone = await register('gone', 'https://gone.test/cb')
    await server.clients.disable('gone', 'test')
    expectLocalError(await world.send(authorizeUrl(world, gone, faults)))
    await server.clients.remove('gone', 'test')
    expectLocalError(await world.send(authorizeUrl(world, gone, faults)))
  })

  test('A11 a registered client is answered at its own address, state and issuer complete', async () => {
    expectErrorAt(world, world.c1, await world.send(authorizeUrl(world, world.c1, faults)), 'invalid_scope')
    const silent = { prompt: 'none' }
    expectErrorAt(world, world.c1, await world.send(authorizeUrl(world, world.c1, silent)), 'login_required')
  })

  test('A11 a parameter that stands twice is told on our own page: which of them would be meant?', async () => {
    for (const name of ['state', 'scope', 'response_type', 'nonce', 'x']) {
      const answer = await world.send(authorizeUrl(world, world.c1, { [name]: ['code', 'openid'] }))
      expectLocalError(answer, name)
    }
  })

  test('A11 what stands in the path or the fragment of an error leads nowhere', async () => {
    for (const path of list(`
      //evil.test/ /\\evil.test/ /%2f%2fevil.test/ /authorize//evil.test /login?next=https://evil.test
      /login?id=//evil.test /consent?redirect_uri=https://evil.test/cb
      /authorize/continue?redirect_uri=https://evil.test/cb /?next=//evil.test
    `)) {
      const answer = await world.send(`${world.issuer}${path}`)
      expect(answer.location?.origin ?? world.issuer, path).toBe(world.issuer)
      expect(answer.text, path).not.toMatch(/(href|action|content)="[^"]*evil\.test/)
    }
  })

  test('A11 form posts and queries are read from one place only', async () => {
    const answer = await world.send(authorizeUrl(world, world.c1), {
      method: 'POST',
      body: parameters({ client_id: 'c1' }),
    })
    expectLocalError(answer)
  })

  test('A11 a state or nonce that fits into no answer is refused before it is kept', async () => {
    const post = (changes: Changes) =>
      world.send('/authorize', { method: 'POST', body: authorizeUrl(world, world.c1, changes).searchParams })
    for (const length of [4097, 50_000]) {
      for (const more of [{}, faults]) expectLocalError(await post({ state: 's'.repeat(length), ...more }))
      expectErrorAt(world, world.c1, await post({ nonce: 'n'.repeat(length) }), 'invalid_request')
    }
    expect((await post({ state: 's'.repeat(4096), nonce: 'n'.repeat(4096) })).location?.origin).toBe(world.issuer)
  })
})
