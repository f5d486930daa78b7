import { describe, expect, test } from 'vitest'
import { list } from './support/list.ts'
import { type Changes, cookiesOf, parameters, signIn, userInfo } from './support/steps.ts'
import { postTampered } from './support/tampered-form.ts'
import { type Answer, theWorld } from './support/world.ts'

const world = await theWorld()
const bye = 'https://c1.test/bye'

/** The same request by both methods, by a browser with these cookies. */
async function logout(changes: Changes, cookie = ''): Promise<Answer[]> {
  const query = parameters(changes)
  const headers = { cookie }
  return [
    await world.send(`/logout?${query}`, { headers }),
    await world.send('/logout', { method: 'POST', body: query, headers }),
  ]
}

/** The browser stays with us: on a page, or on the way to one of ours that stays. */
async function expectStay(answers: readonly Answer[], cookie: string, because: string): Promise<void> {
  for (const answer of answers) {
    const { location } = answer
    expect(location?.origin ?? world.issuer, because).toBe(world.issuer)
    const page = location ? await world.send(location, { headers: { cookie } }) : answer
    expect(page.status, because).toBeLessThan(500)
    expect(page.headers.get('location'), because).toBeNull()
    expect(page.text, because).not.toMatch(/(href|content)="[^"]*evil\.test/)
  }
}

const elsewhere = list(`
  https://evil.test/ //evil.test /\\evil.test /%09/evil.test \\\\evil.test https:evil.test https://c1.test/byex https://c1.test/bye/
  https://c1.test/bye?x=1 https://c1.test/bye#f https://c1.test/by https://C1.test/bye https://c1.test/BYE https://c1.test:443/bye
  https://c1.test@evil.test/bye https://c1.test.evil.test/bye https://c1.test/cb https://c2.test/bye http://c1.test/bye
  javascript:alert(1) data:text/html,x https://c1.test/bye%00 https://c1.test/x/../bye https://c1.test/%62ye
`)

describe('A12 sign-out leads only where it is registered', () => {
  test('A12 no unregistered address, with a client_id, with a hint, signed in or not', async () => {
    const { id, person } = await signIn(world)
    const cookie = cookiesOf(world, person)
    for (const post_logout_redirect_uri of elsewhere) {
      const because = post_logout_redirect_uri
      await expectStay(await logout({ post_logout_redirect_uri }), '', because)
      await expectStay(await logout({ post_logout_redirect_uri, client_id: 'c1' }), '', because)
      await expectStay(await logout({ post_logout_redirect_uri, client_id: 'c1' }, cookie), cookie, because)
      await expectStay(await logout({ post_logout_redirect_uri, id_token_hint: id }, cookie), cookie, because)
    }
    const still = await person.follow(`${world.issuer}/`)
    expect(still.text).toContain(world.u1.username)
  })

  test('A12 not without saying who asks, and not for a client that it is not registered for', async () => {
    await expectStay(await logout({ post_logout_redirect_uri: bye }), '', 'nobody asks')
    await expectStay(await logout({ post_logout_redirect_uri: bye, client_id: 'c2' }), '', 'c2 asks')
    await expectStay(await logout({ post_logout_redirect_uri: bye, client_id: 'c3' }), '', 'nobody known asks')
    const { id, person } = await signIn(world, { client: world.c2 })
    const cookie = cookiesOf(world, person)
    await expectStay(await logout({ post_logout_redirect_uri: bye, id_token_hint: id }, cookie), cookie, "c2's hint")
    const both = { post_logout_redirect_uri: bye, id_token_hint: id, client_id: 'c1' }
    await expectStay(await logout(both, cookie), cookie, "c2's hint for c1")
    const twice = { post_logout_redirect_uri: [bye, 'https://evil.test/'], client_id: 'c1' }
    await expectStay(await logout(twice, cookie), cookie, 'twice')
  })

  test('A12 a hint that is not ours vouches for nothing', async () => {
    const { id, access, person } = await signIn(world)
    const cookie = cookiesOf(world, person)
    const [head = '', body = '', signature = ''] = id.split('.')
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')
    const forged = [
      `${none}.${body}.`,
      `${none}.${body}.${signature}`,
      `${head}.${body}.AAAA`,
      `${head}.${body}`,
      access,
      'x',
      '..',
      'x'.repeat(8000),
    ]
    for (const id_token_hint of forged) {
      await expectStay(
        await logout({ id_token_hint, post_logout_redirect_uri: bye }, cookie),
        cookie,
        id_token_hint.slice(0, 30),
      )
    }
    expect((await userInfo(world, access)).status).toBe(200)
  })

  test('A12 the confirmation cannot be led astray on its way back', async () => {
    const { person } = await signIn(world)
    const page = await person.browser.open(
      `${world.issuer}/logout?client_id=c1&post_logout_redirect_uri=${encodeURIComponent(bye)}`,
    )
    const evil = { post_logout_redirect_uri: 'https://evil.test/' }
    const doubled = await postTampered(world, person, { page, button: 'logout', query: evil })
    expect(doubled.location?.origin ?? world.issuer).toBe(world.issuer)
    const fresh = (await signIn(world)).person
    const ownPage = await fresh.browser.open(`${world.issuer}/logout`)
    const changed = await postTampered(world, fresh, {
      page: ownPage,
      button: 'logout',
      fields: evil,
      query: { ...evil, client_id: 'c1' },
    })
    expect(changed.headers.get('location')).toBeNull()
  })

  test('A12 the registered address is reached, with the state as sent and nothing else', async () => {
    const { id, person } = await signIn(world)
    const state = 'a&b=c#d'
    const query = parameters({ id_token_hint: id, post_logout_redirect_uri: bye, state })
    const answer = await world.send(`/logout?${query}`, { headers: { cookie: cookiesOf(world, person) } })
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe(`${bye}?state=${encodeURIComponent(state)}`)
  })
})
