import { describe, expect, test } from 'vitest'
import { expectLocalError } from './support/answers.ts'
import { list } from './support/list.ts'
import { redirectProbe } from './support/redirect-probe.ts'
import { authorizeUrl } from './support/steps.ts'
import { theWorld } from './support/world.ts'

const world = await theWorld()
const { ask, register, expectRefused, expectTaken } = redirectProbe(world)
const dotted = await register('dotted', 'https://app.rp.test/a.b+(c)?x=[d]')
const bare = await register('bare', 'https://bare.test')

test('the registered URIs themselves are taken', async () => {
  for (const client of [world.c1, world.c2, world.p1, dotted, bare]) {
    await expectTaken(client, client.redirectUri)
  }
})

describe('A01 nothing but the registered bytes', () => {
  const uri = world.c1.redirectUri

  test('A01 one byte more, less or other, at every place', async () => {
    const changed = [...uri].flatMap((character, at) => {
      const [before, after] = [uri.slice(0, at), uri.slice(at + 1)]
      const folded = character === character.toUpperCase() ? character.toLowerCase() : character.toUpperCase()
      const escaped = `%${character.charCodeAt(0).toString(16)}`
      return [
        `${before}${after}`,
        `${before}x${character}${after}`,
        `${before}${folded}${after}`,
        before + escaped + after,
      ]
    })
    await expectRefused(
      world.c1,
      changed.filter((one) => one !== uri && one !== ''),
    )
  })

  test('A01 prefixes, suffixes, paths and hosts that contain it', async () => {
    const after = [
      ...list(`
      x / // ? ?x=1 # #f &x=1 ;x . %00 %0a %20 \\ /.. /../cb /./ %2f %23f @evil.test *
    `),
      '\0',
      '\n',
      '\t',
      ' ',
      '\u200b',
      '\ufeff',
    ]
    const before = [
      ...list(`
      x / // https: view-source: javascript:// https://evil.test/? https://evil.test/#
      https://evil.test\\@
    `),
      ' ',
      '\t',
      '\0',
      '\n',
      '\ufeff',
    ]
    await expectRefused(world.c1, [...after.map((text) => uri + text), ...before.map((text) => text + uri)])
  })

  test('A01 another host, port or scheme', async () => {
    await expectRefused(
      world.c1,
      list(`
      https://c1.test.evil.test/cb https://evil.test/cb https://evilc1.test/cb https://x.c1.test/cb
      https://c1.test./cb https://c1.test:443/cb https://c1.test:8443/cb https://c1.test:/cb
      https://c1.test:0443/cb https://test/cb http://c1.test/cb //c1.test/cb /cb cb c1.test/cb
      https:/c1.test/cb https:c1.test/cb https:///c1.test/cb https:\\\\c1.test\\cb https://c1.test\\cb
      https://c1.test//cb https://c1.test/./cb https://c1.test/x/../cb https://c1.test/%63b
      https://c1.test/cb%2f.. https://c1。test/cb https://c1.tеst/cb https://ｃ1.test/cb
      https://c1.test/ｃb https://xn--c1-.test/cb
    `),
    )
  })

  test('A01 a registered query or root is compared as it was written', async () => {
    await expectRefused(bare, [
      'https://bare.test/',
      'https://bare.test?',
      'https://bare.test/?',
      'https://bare.test/cb',
      'https://bare.testx',
    ])
    const [path = ''] = dotted.redirectUri.split('?')
    await expectRefused(dotted, [
      path,
      `${path}?`,
      `${path}?x=d`,
      `${dotted.redirectUri}&y=1`,
      `${path}?y=1&x=[d]`,
      `${path}?x=%5Bd%5D`,
      `${path}?x=[d]&x=[d]`,
    ])
  })

  test('A01 a parameter that stands twice is no choice', async () => {
    for (const pair of [
      [uri, 'https://evil.test/cb'],
      ['https://evil.test/cb', uri],
      [uri, uri],
    ]) {
      for (const answer of await ask(world.c1, pair)) expectLocalError(answer, pair.join())
    }
    for (const name of ['redirect_uri[]', 'redirect_uri[0]', 'Redirect_Uri', 'redirect_uri\0', ' redirect_uri']) {
      const url = authorizeUrl(world, world.c1, { redirect_uri: undefined, [name]: uri })
      expectLocalError(await world.send(url), name)
    }
    const both = authorizeUrl(world, world.c1)
    const answer = await world.send(`/authorize?redirect_uri=https://evil.test/cb`, {
      method: 'POST',
      body: both.searchParams,
    })
    expect(answer.location?.origin).toBe(world.issuer)
  })
})

test('A02 an @ does not move the host', async () => {
  await expectRefused(
    world.c1,
    list(`
    https://c1.test@evil.test/cb https://c1.test:x@evil.test/cb https://c1.test@c1.test/cb
    https://a@b@c1.test/cb https://c1.test@evil.test@c1.test/cb https://@c1.test/cb
    https://:@c1.test/cb https://c1.test%40evil.test/cb https://c1.test%2f@evil.test/cb
    https://evil.test\\@c1.test/cb https://evil.test#@c1.test/cb https://evil.test?@c1.test/cb
    https://evil.test/@c1.test/cb https://c1.test＠evil.test/cb https://c1.test:443@evil.test/cb
    https://evil.test;@c1.test/cb https://evil.test%23@c1.test/cb https://a@b@c@c1.test/cb
  `),
  )
})

test('A04 letters keep their case', async () => {
  await expectRefused(
    world.c1,
    list(`
    https://c1.test/CB https://c1.test/Cb HTTPS://C1.TEST/CB HTTPS://C1.TEST/cb https://C1.test/cb
    httpS://c1.test/cb
  `),
  )
  await expectRefused(world.c1, ['https://c1.test/ĸb', 'https://c1.teſt/cb', 'https://c1.test/cb\u0307'])
})

test('A06 a registered URI is no pattern', async () => {
  await expectRefused(
    dotted,
    list(`
    https://appXrp.test/a.b+(c)?x=[d] https://app.rp.test/aXb+(c)?x=[d]
    https://app.rp.test/a.bb(c)?x=[d] https://app.rp.test/a.b+c?x=[d]
    https://app.rp.test/a.b+(c)?x=d https://app.rp.test/a.b+(c) .* * ^https://app.rp.test
  `),
  )
})
