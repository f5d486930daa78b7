import { afterAll, describe, expect, test } from 'vitest'
import { systemClock } from '#core/clock.ts'
import { isPublicAddress } from '#core/outbound/public-address.ts'
import { openFetcher } from '#idp/outbound/open-fetcher.ts'
import { aRawServer, diverted } from '#test/support/outside-servers.ts'
import { list } from './support/list.ts'

/** Nobody may come here. */
const canary = await aRawServer((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'))
const canary6 = await aRawServer((socket) => socket.destroy(), '::1')
afterAll(async () => {
  await canary.close()
  await canary6.close()
})

const types = ['application/json']

/** A fetcher whose resolvers answer these addresses, and that would really connect. */
function aFetcher(addresses: readonly string[] = [], allow: readonly string[] = []) {
  const resolve = async () => addresses
  return openFetcher({ allow, clock: systemClock, within: 1, resolve: { stranger: resolve, named: resolve } })
}

function expectUnvisited(): void {
  expect([canary.connections(), canary6.connections()]).toEqual([0, 0])
}

describe('G01 no spelling of an address that is not public is connected to', () => {
  const spellings = list(`
    127.0.0.1 127.1 127.0.1 2130706433 0x7f.1 0x7f000001 0x7f.0.0.1 0177.0.0.1 017700000001 127.0.0.1. 127.000.000.001
    0.0.0.0 0 0x0 00.0.0.0 [::1] [0:0:0:0:0:0:0:1] [::] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [0::ffff:127.0.0.1]
    [64:ff9b::127.0.0.1] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2001:0:7f00:1::] [2001:0:0:0:0:0:80ff:fffe]
    [fe80::1] [fc00::1] [fd00::] [fd00:ec2::254] [ff02::1] [100::1] [2001:db8::1] [3fff::1] [5f00::1] [4000::1]
    10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 100.100.100.200 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255
    192.168.0.1 192.0.0.1 192.0.0.192 192.0.2.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 168.63.129.16
    224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 0xa9.0xfe.0xa9.0xfe 2852039166 025177524776 localhost LOCALHOST
    localhost. foo.localhost
  `)

  test.each(spellings)('G01 https://%s', async (host) => {
    const fetcher = aFetcher(['127.0.0.1', '::1'])
    for (const uri of [`https://${host}:${canary.port}/x`, `https://${host}:${canary6.port}/`, `https://${host}/`]) {
      expect((await fetcher.get(uri, { types })).outcome, uri).toBe('failed')
      expect((await fetcher.post(uri, { type: 'text/plain', text: 'x' })).outcome, uri).toBe('failed')
    }
    expectUnvisited()
  })

  test('G01 digits of other scripts, and dots that are none, are not read as an address', async () => {
    for (const host of [
      '①②⑦.⓪.⓪.①',
      '１２７.0.0.1',
      '127。0。0。1',
      '%31%32%37.0.0.1',
      '127.0.0.1%00.rp.test',
      '[::1%25lo]',
    ]) {
      expect(await aFetcher(['127.0.0.1']).get(`https://${host}:${canary.port}/`, { types })).toMatchObject({
        outcome: 'failed',
        reason: 'unwelcome',
      })
    }
    expectUnvisited()
  })
})

describe('G01 what a name leads to is judged, not the name', () => {
  const addresses = list(`
    127.0.0.1 127.255.255.254 0.0.0.0 10.1.2.3 100.64.0.1 169.254.169.254 172.20.0.1 192.168.1.1 ::1 :: fe80::1 fd12::1
    ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:0:127.0.0.1 64:ff9b::7f00:1 2002:7f00:1::1 2001::1 fec0::1 ff05::2 fe80::1%lo
    ::ffff:7f00:1 0:0:0:0:0:ffff:7f00:0001
  `)

  test.each(addresses)('G01 a name that leads to %s', async (address) => {
    for (const uri of [`https://rp.test:${canary.port}/`, `https://127.0.0.1.rp.test:${canary6.port}/`]) {
      expect(await aFetcher([address]).get(uri, { types })).toMatchObject({ outcome: 'failed', reason: 'unreachable' })
    }
    expectUnvisited()
  })

  test('G01 of several addresses only the public ones are dialled', async () => {
    const closed = await aRawServer(() => {})
    await closed.close()
    const { dialled, dial } = diverted(closed)
    const resolve = async () => ['127.0.0.1', '::1', '93.184.216.34', '10.0.0.1', '2606:4700::1111', 'nonsense', '']
    const fetcher = openFetcher({ allow: [], clock: systemClock, dial, resolve: { stranger: resolve, named: resolve } })
    expect((await fetcher.get('https://rp.test/', { types })).outcome).toBe('failed')
    expect(dialled).toEqual(['93.184.216.34:443', '2606:4700::1111:443'])
  })
})

test('G01 ports of other services are not talked to, wherever they are', async () => {
  for (const port of [
    21, 22, 23, 25, 53, 110, 143, 389, 445, 587, 993, 2375, 3306, 5432, 6379, 9200, 11211, 27017, 0,
  ]) {
    const got = await aFetcher(['93.184.216.34']).get(`https://rp.test:${port}/`, { types })
    expect(got, String(port)).toMatchObject({ outcome: 'failed', reason: 'unwelcome' })
  }
})

test('G01 only https without credentials is asked', async () => {
  for (const uri of list(`
    http://rp.test/ HTTP://rp.test/ ftp://rp.test/ file:///etc/passwd gopher://rp.test/ data:application/json,{} blob:https://rp.test/x
    javascript:1 ws://rp.test/ //rp.test/ rp.test https:rp.test https:/rp.test https:///rp.test https:\\\\rp.test https://rp.test\\@x/
    https://u@rp.test/ https://u:p@rp.test/ https://@rp.test/ https://rp.test@127.0.0.1/ https://{host}/x https://*.rp.test/
    https://rp.test/{id} unix:/run/docker.sock about:blank
  `)) {
    const got = await aFetcher(['93.184.216.34']).get(uri, { types })
    expect(got, uri).toMatchObject({ outcome: 'failed', reason: 'unwelcome' })
  }
  for (const uri of [
    '',
    ' ',
    'https://',
    'https://rp.test/\r\nx: y',
    'https://rp.test/ ',
    `https://rp.test/${'x'.repeat(3000)}`,
  ]) {
    expect(await aFetcher().get(uri, { types }), uri).toMatchObject({ reason: 'unwelcome' })
  }
})

test('G01 a refused address, a closed port and no name at all sound alike', async () => {
  const closed = await aRawServer(() => {})
  await closed.close()
  const said = await Promise.all([
    aFetcher(['127.0.0.1']).get(`https://rp.test:${canary.port}/`, { types }),
    aFetcher(['127.0.0.1'], [`rp.test:${closed.port}`]).get(`https://rp.test:${closed.port}/`, { types }),
    aFetcher([]).get('https://rp.test/', { types }),
  ])
  expect(said.map((one) => one.outcome === 'failed' && one.reason)).toEqual([
    'unreachable',
    'unreachable',
    'unreachable',
  ])
})

test('G01 the edges of the ranges are where the registries have them', () => {
  const refused = list(`
    9.255.255.255- 10.0.0.0 100.63.255.255- 100.64.0.0 100.127.255.255 100.128.0.0- 126.255.255.255- 127.0.0.0 128.0.0.0-
    169.253.255.255- 169.254.0.0 169.255.0.0- 172.15.255.255- 172.16.0.0 172.31.255.255 172.32.0.0- 192.167.255.255-
    192.168.0.0 192.169.0.0- 198.17.255.255- 198.18.0.0 198.20.0.0- 223.255.255.255- 224.0.0.0 1.1.1.1- 8.8.8.8-
    2606:4700:4700::1111- 2a00:1450::1- 2001:4860:4860::8888- 2001:1ff:: 2001:200::- 2003::- 2001:db7::- 2001:db8::
    1fff:: 3fff::1 3fff:1000::- ::2 e000:: fbff:: 127.0.0.1/8 rp.test
  `)
  for (const one of refused) expect(isPublicAddress(one.replace(/-$/, '')), one).toBe(one.endsWith('-'))
})
