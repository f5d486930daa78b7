import { expect, test } from 'vitest'
import type { Page } from '#core/page.ts'
import type { User } from '#core/users/user.ts'
import { describeEach } from './implementations.ts'
import { aClient, aUser, noon, seconds } from './samples.ts'

describeEach('users', (open) => {
  test('a person is found as they were kept, every part of them', async () => {
    const { users } = await open()
    const claims = {
      name: 'Ada L.',
      roles: ['admin', 'ops'],
      address: { country: 'GB' },
      age: 36,
      odd: [null, true, 1.5],
    }
    const whole = aUser({
      email: 'Ada@Example.org',
      emailVerified: true,
      passwordHash: '$argon2id$v=19$…',
      claims,
      tokenVersion: 7,
      updatedAt: seconds(1.5),
      enabled: false,
    })
    expect(await users.begin(whole)).toBe('begun')
    expect(await users.find('usr_1')).toEqual(whole)
    const bare = aUser({ sub: 'usr_2', username: 'Grace' })
    expect(await users.begin(bare)).toBe('begun')
    expect(await users.find('usr_2')).toEqual(bare)
  })

  test('nobody is found who is not there', async () => {
    const { users } = await open()
    await users.begin(aUser())
    for (const sub of ['usr_2', '', 'USR_1', 'usr_1\0', 'usr_1 ']) expect(await users.find(sub)).toBeUndefined()
    for (const name of ['bob', '', 'ada\0', 'ada\ud800', "' OR 1=1 --", '%'])
      expect(await users.findByName(name)).toBeUndefined()
  })

  test('a name signs in in any spelling; an address once it is verified', async () => {
    const { users } = await open()
    const user = aUser({ username: 'Ada', email: 'Ada@Example.org', emailVerified: true })
    await users.begin(user)
    for (const name of ['ada', ' ADA ', 'Ａda', 'ada@example.ORG']) expect(await users.findByName(name)).toEqual(user)
    await users.begin(aUser({ sub: 'usr_2', username: 'grace', email: 'grace@example.org' }))
    expect(await users.findByName('grace@example.org')).toBeUndefined()
  })

  test('usernames and verified addresses are one namespace', async () => {
    const { users } = await open()
    await users.begin(aUser({ username: 'Ada', email: 'ada@example.org', emailVerified: true }))
    const grace = aUser({ sub: 'usr_2', username: 'grace', email: 'grace@example.org' })
    expect(await users.begin({ ...grace, username: 'ADA' })).toBe('taken')
    expect(await users.begin({ ...grace, username: 'Ada@example.org' })).toBe('taken')
    expect(await users.begin({ ...grace, email: 'ada', emailVerified: true })).toBe('taken')
    expect(await users.begin({ ...grace, email: 'ADA@EXAMPLE.ORG', emailVerified: true })).toBe('taken')
    expect(await users.begin({ ...grace, sub: 'usr_1' })).toBe('taken')
    expect(await users.find('usr_2')).toBeUndefined()
    // An address that nobody verified takes nothing from anybody.
    expect(await users.begin({ ...grace, email: 'ada@example.org' })).toBe('begun')
    expect(await users.put({ ...grace, email: 'ada@example.org', emailVerified: true })).toBe('taken')
    expect(await users.put({ ...grace, username: 'ada' })).toBe('taken')
    expect(await users.find('usr_2')).toEqual({ ...grace, email: 'ada@example.org' })
    expect(await users.findByName('grace')).toBeDefined()
  })

  test('one person may have the address as username', async () => {
    const { users } = await open()
    const user = aUser({ username: 'ada@example.org', email: 'Ada@Example.org', emailVerified: true })
    expect(await users.begin(user)).toBe('begun')
    expect(await users.findByName('ADA@example.org')).toEqual(user)
  })

  test('a put changes everything that may change, and counts the revision up', async () => {
    const { users } = await open()
    await users.begin(aUser({ email: 'ada@example.org', emailVerified: true }))
    const next = aUser({
      username: 'countess',
      enabled: false,
      claims: { roles: [] },
      tokenVersion: 1,
      updatedAt: seconds(1),
    })
    expect(await users.put(next)).toBe('stored')
    expect(await users.find('usr_1')).toEqual({ ...next, revision: 2 })
    expect(await users.findByName('countess')).toBeDefined()
    expect(await users.findByName('ada')).toBeUndefined()
    expect(await users.findByName('ada@example.org')).toBeUndefined()
    expect(await users.begin(aUser({ sub: 'usr_2' }))).toBe('begun')
  })

  test('who has read something older is told so, and who changes nobody', async () => {
    const { users } = await open()
    await users.begin(aUser())
    expect(await users.put(aUser({ enabled: false }))).toBe('stored')
    expect(await users.put(aUser({ enabled: true }))).toBe('conflict')
    expect((await users.find('usr_1'))?.enabled).toBe(false)
    expect(await users.put(aUser({ sub: 'usr_2', username: 'bob' }))).toBe('missing')
    expect(await users.find('usr_2')).toBeUndefined()
    expect(await users.findByName('bob')).toBeUndefined()
  })

  test('of 20 concurrent puts of one revision exactly one is stored', async () => {
    const { users } = await open()
    await users.begin(aUser())
    const puts = Array.from({ length: 20 }, (_, n) => users.put(aUser({ username: `ada-${n}`, tokenVersion: n })))
    const outcomes = await Promise.all(puts)
    expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'conflict')).toHaveLength(19)
    const winner = outcomes.indexOf('stored')
    expect(await users.find('usr_1')).toMatchObject({ username: `ada-${winner}`, tokenVersion: winner, revision: 2 })
    expect(await users.findByName(`ada-${winner}`)).toBeDefined()
    expect(await users.findByName(`ada-${(winner + 1) % 20}`)).toBeUndefined()
  })

  test('of 20 people who want one name at once exactly one gets it', async () => {
    const { users } = await open()
    const wishes = Array.from({ length: 20 }, (_, n) =>
      users.begin(
        n % 2 === 0
          ? aUser({ sub: `usr_${n}`, username: 'Ada@Example.org' })
          : aUser({ sub: `usr_${n}`, username: `n${n}`, email: 'ada@example.org', emailVerified: true }),
      ),
    )
    const outcomes = await Promise.all(wishes)
    expect(outcomes.filter((outcome) => outcome === 'begun')).toHaveLength(1)
    expect((await users.listPage('', 100)).records).toHaveLength(1)
  })

  test('page by page each is seen once, by username, and an e-mail address is no place', async () => {
    const { users } = await open()
    for (const name of ['c', 'a', 'e', 'b', 'd'])
      await users.begin(
        aUser({ sub: `usr_${name}`, username: name.toUpperCase(), email: `${name}@x.org`, emailVerified: true }),
      )
    const seen: string[] = []
    let pages = 0
    for (let place: string | undefined = ''; place !== undefined; pages++) {
      const page: Page<User> = await users.listPage(place, 3)
      seen.push(...page.records.map(({ username }) => username))
      place = page.next
    }
    expect(seen).toEqual(['A', 'B', 'C', 'D', 'E'])
    expect(pages).toBeGreaterThan(1)
  })

  test('whoever goes through all of them sees each once, by subject', async () => {
    const { users } = await open()
    for (const [n, sub] of ['u3', 'u1', 'u2'].entries())
      await users.begin(aUser({ sub, username: `n${n}`, tokenVersion: n }))
    const first = await users.listAfter('', 2)
    const rest = await users.listAfter('u2', 2)
    expect([...first, ...rest].map(({ sub, tokenVersion }) => [sub, tokenVersion])).toEqual([
      ['u1', 1],
      ['u2', 2],
      ['u3', 0],
    ])
  })

  test('an ended person is gone with their names and consents', async () => {
    const { users, clients, consents } = await open()
    await users.begin(aUser())
    await clients.begin(aClient())
    await consents.put({ userId: 'usr_1', clientId: 'shop', scopes: new Set(['openid']), givenAt: noon })
    expect(await users.end('usr_1')).toBe(true)
    expect(await users.end('usr_1')).toBe(false)
    expect(await users.find('usr_1')).toBeUndefined()
    expect(await users.findByName('ada')).toBeUndefined()
    expect(await consents.find('usr_1', 'shop')).toBeUndefined()
    expect(await users.begin(aUser({ sub: 'usr_2' }))).toBe('begun')
  })
})
