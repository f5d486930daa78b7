import { expect, test } from 'vitest'
import { describeEach } from './implementations.ts'
import { anApi } from './samples.ts'

const other = 'https://other.example/'

describeEach('APIs', (open) => {
  test('an API is found as it was kept, its scopes in their order', async () => {
    const { apis } = await open()
    const scopes = new Map([
      ['z', 'Last first'],
      ['a', 'Ümläut & <b>'],
      ['10', 'Ten'],
      ['9', 'Nine'],
    ])
    const whole = anApi({ scopes, tokenFormat: 'opaque', alg: 'RS256', lifetime: 300 })
    expect(await apis.begin(whole)).toBe('begun')
    const found = await apis.find(whole.audience)
    expect(found).toEqual(whole)
    expect([...(found?.scopes.keys() ?? [])]).toEqual(['z', 'a', '10', '9'])
    const bare = anApi({ audience: other, scopes: new Map() })
    expect(await apis.begin(bare)).toBe('begun')
    expect(await apis.find(other)).toEqual(bare)
    for (const audience of ['https://api.example', 'HTTPS://API.EXAMPLE/', '', `${other}\0`]) {
      expect(await apis.find(audience)).toBeUndefined()
    }
  })

  test('an audience and a scope name belong to one API', async () => {
    const { apis } = await open()
    await apis.begin(anApi())
    expect(await apis.begin(anApi({ scopes: new Map([['new', 'New']]) }))).toBe('taken')
    const scopes = new Map([
      ['new', 'New'],
      ['orders.read', 'Mine'],
    ])
    expect(await apis.begin(anApi({ audience: other, scopes }))).toBe('taken')
    expect(await apis.find(other)).toBeUndefined()
    expect(await apis.begin(anApi({ audience: other, scopes: new Map([['new', 'New']]) }))).toBe('begun')
    expect(await apis.put(anApi({ audience: other, scopes }))).toBe('taken')
    expect([...((await apis.find(other))?.scopes.keys() ?? [])]).toEqual(['new'])
  })

  test('a put replaces the scopes, frees the names, and needs the revision that it read', async () => {
    const { apis } = await open()
    await apis.begin(anApi())
    const next = anApi({
      scopes: new Map([
        ['b', 'B'],
        ['a', 'A'],
      ]),
      lifetime: 60,
    })
    expect(await apis.put(next)).toBe('stored')
    expect(await apis.find(next.audience)).toEqual({ ...next, revision: 2 })
    expect(await apis.put(next)).toBe('conflict')
    expect(await apis.put(anApi({ audience: other }))).toBe('missing')
    expect(await apis.begin(anApi({ audience: other }))).toBe('begun')
  })

  test('of 20 concurrent puts of one revision exactly one is stored', async () => {
    const { apis } = await open()
    await apis.begin(anApi())
    const puts = Array.from({ length: 20 }, (_, n) =>
      apis.put(
        anApi({
          scopes: new Map([
            [`s${n}`, 'S'],
            ['x', 'X'],
          ]),
        }),
      ),
    )
    const outcomes = await Promise.all(puts)
    expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'conflict')).toHaveLength(19)
    expect([...((await apis.list())[0]?.scopes.keys() ?? [])]).toEqual([`s${outcomes.indexOf('stored')}`, 'x'])
  })

  test('of 20 APIs that want one scope name at once exactly one gets it', async () => {
    const { apis } = await open()
    const wishes = Array.from({ length: 20 }, (_, n) => {
      const names = n % 2 === 0 ? ['x', `s${n}`, 'y'] : ['y', `s${n}`, 'x']
      return apis.begin(anApi({ audience: `https://${n}.example/`, scopes: new Map(names.map((name) => [name, 'S'])) }))
    })
    expect((await Promise.all(wishes)).filter((outcome) => outcome === 'begun')).toHaveLength(1)
    expect(await apis.list()).toHaveLength(1)
  })

  test('the list is by audience; an ended API is gone with its scopes', async () => {
    const { apis } = await open()
    for (const name of ['b', 'B', 'a-b', 'ab']) {
      await apis.begin(anApi({ audience: `urn:${name}`, scopes: new Map([[name, 'S']]) }))
    }
    expect((await apis.list()).map((api) => api.audience)).toEqual(['urn:B', 'urn:a-b', 'urn:ab', 'urn:b'])
    expect(await apis.end('urn:ab')).toBe(true)
    expect(await apis.end('urn:ab')).toBe(false)
    expect(await apis.find('urn:ab')).toBeUndefined()
    expect(await apis.begin(anApi({ audience: 'urn:c', scopes: new Map([['ab', 'S']]) }))).toBe('begun')
  })
})
