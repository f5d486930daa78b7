import { describe, test } from 'vitest'
import { list } from './support/list.ts'
import { redirectProbe } from './support/redirect-probe.ts'
import { theWorld } from './support/world.ts'

const world = await theWorld()
const { register, expectRefused, expectTaken } = redirectProbe(world)
const native = await register('native', 'http://[::1]/cb', { applicationType: 'native' })
const named = await register('named', 'http://localhost/cb', { applicationType: 'native' })
const web = await register('web', 'http://127.0.0.1/cb')

describe('A05 the loopback exception is the port, for native clients and literal addresses', () => {
  test('A05 any port', async () => {
    for (const port of ['1', '80', '4711', '49152', '65535']) {
      await expectTaken(world.p1, `http://127.0.0.1:${port}/cb`)
      await expectTaken(native, `http://[::1]:${port}/cb`)
    }
  })

  test('A05 nothing besides the port', async () => {
    const rest = [
      ...list(`
      /cb?bar=foo /cb? /cb# /cb#f /other / /CB /cb/ /cb/.. /%63b \\cb /cb%0a /x/../cb //cb /cb;x
      /cb@evil.test @evil.test/cb .evil.test/cb %2eevil.test/cb
    `),
      '',
      '/cb\n',
    ]
    await expectRefused(
      world.p1,
      rest.flatMap((end) => [
        `http://127.0.0.1:4711${end}`,
        ...(end === '' ? ['http://127.0.0.1'] : [`http://127.0.0.1${end}`]),
      ]),
    )
    await expectRefused(
      native,
      rest.map((end) => `http://[::1]:4711${end}`),
    )
  })

  test('A05 no number that is not a port', async () => {
    const ports = [
      ...list(`
      0 65536 99999 080 00080 -1 +80 1e3 0x50 x 80:80 80@evil.test ８０ 1%30 4711.evil.test
    `),
      ' 80',
      '80 ',
      '',
      '80\t',
    ]
    await expectRefused(
      world.p1,
      ports.map((port) => `http://127.0.0.1:${port}/cb`),
    )
    await expectRefused(
      native,
      ports.map((port) => `http://[::1]:${port}/cb`),
    )
  })

  test('A05 no other host, however it may be spelled or resolved', async () => {
    const hosts = list(`
      localhost 127.0.0.1.evil.test localhost.evil.test 127.0.0.1:1@evil.test 127.0.0.1@evil.test
      evil.test@127.0.0.1 127.1 127.0.1 2130706433 0x7f.0.0.1 0x7f000001 0177.0.0.1 127.0.0.2
      127.0.0.1. 127.000.000.001 0.0.0.0 [::1] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1]
      [::1%25lo] １２７.0.0.1 127。0。0。1 ①②⑦.0.0.1 x.127.0.0.1
    `)
    await expectRefused(
      world.p1,
      hosts.flatMap((host) => [`http://${host}/cb`, `http://${host}:4711/cb`]),
    )
    await expectRefused(
      native,
      hosts.filter((host) => host !== '[::1]').map((host) => `http://${host}:4711/cb`),
    )
    await expectRefused(
      world.p1,
      list(`
      https://127.0.0.1:4711/cb HTTP://127.0.0.1:4711/cb ws://127.0.0.1:4711/cb //127.0.0.1:4711/cb
      http:/127.0.0.1:4711/cb http:\\\\127.0.0.1:4711/cb
    `),
    )
  })

  test('A05 not for web clients, and not for names', async () => {
    await expectRefused(web, [
      'http://127.0.0.1:4711/cb',
      'http://127.0.0.1:80/cb',
      'http://localhost/cb',
      'http://[::1]/cb',
    ])
    await expectRefused(named, [
      'http://localhost:4711/cb',
      'http://127.0.0.1/cb',
      'http://127.0.0.1:4711/cb',
      'http://localhost./cb',
    ])
    await expectRefused(world.c1, ['http://127.0.0.1/cb', 'http://127.0.0.1:4711/cb', 'http://localhost/cb'])
  })
})
