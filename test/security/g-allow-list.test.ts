import { afterAll, expect, test } from 'vitest'
import { systemClock } from '#core/clock.ts'
import { allowList, readAllowed } from '#core/outbound/allow-list.ts'
import { readOutboundUri } from '#core/outbound/outbound-uri.ts'
import { openFetcher } from '#idp/outbound/open-fetcher.ts'
import { anOutsideServer } from '#test/support/outside-servers.ts'
import { list } from './support/list.ts'

const server = await anOutsideServer((_, response) => response.setHeader('content-type', 'application/json').end('{}'))
afterAll(() => server.close())

const types = ['application/json']

function outcomes(allow: readonly string[], uris: readonly string[]) {
  const fetcher = openFetcher({ allow, clock: systemClock, within: 1 })
  return Promise.all(uris.map(async (uri) => (await fetcher.get(uri, { types })).outcome))
}

test('G01 a host that the operator named is reached, by http too, and no other', async () => {
  const { port } = server
  const uris = [`http://localhost:${port}/a`, `http://127.0.0.1:${port}/a`, `http://127.1:${port}/a`]
  expect(await outcomes([`localhost:${port}`], uris)).toEqual(['fetched', 'failed', 'failed'])
  expect(await outcomes(['127.0.0.1'], uris)).toEqual(['failed', 'fetched', 'fetched'])
  expect(await outcomes([`localhost:${port + 1}`, '127.0.0.2'], uris)).toEqual(['failed', 'failed', 'failed'])
  expect(await outcomes([], uris)).toEqual(['failed', 'failed', 'failed'])
})

test('G01 an address in a range of the list may be reached, but not by http', async () => {
  const before = server.connections()
  const uri = (scheme: string) => `${scheme}://127.0.0.1:${server.port}/b`
  expect(await outcomes(['127.0.0.0/8'], [uri('http'), uri('https')])).toEqual(['failed', 'failed'])
  // By https there was a connection, which failed for want of a certificate.
  expect(server.connections()).toBe(before + 1)
})

test('G01 a port of another service needs to be named itself', () => {
  const allow = allowList(['db.internal', 'odd.internal:6379', '10.0.0.0/8'])
  expect(readOutboundUri('https://db.internal:6379/', allow)).toContain('port 6379')
  expect(readOutboundUri('https://10.0.0.1:6379/', allow)).toContain('port 6379')
  expect(readOutboundUri('https://odd.internal:6379/', allow)).toMatchObject({ port: 6379, isNamed: true })
  expect(readOutboundUri('https://odd.internal/', allow)).toMatchObject({ port: 443, isNamed: false })
  expect(readOutboundUri('https://10.0.0.1/', allow)).toMatchObject({ host: '10.0.0.1', isNamed: false })
})

test('an entry is a host, a host with a port, or a range; what is neither allows nothing', () => {
  expect(readAllowed('rp.internal')).toEqual({ host: 'rp.internal', port: undefined })
  expect(readAllowed('rp.internal:8443')).toEqual({ host: 'rp.internal', port: 8443 })
  expect(readAllowed('rp.internal:80')).toEqual({ host: 'rp.internal', port: 80 })
  expect(readAllowed('[::1]:8443')).toEqual({ host: '[::1]', port: 8443 })
  expect(readAllowed('::1')).toEqual({ host: '[::1]', port: undefined })
  expect(readAllowed('10.0.0.0/8')).toEqual({ address: '10.0.0.0', length: 8 })
  expect(readAllowed('fd00::/8')).toEqual({ address: 'fd00::', length: 8 })
  for (const entry of list(`
    * *.internal https://rp.internal rp.internal/ rp.internal/8 10.0.0.0/33 10.0.0.0/ 10.0.0.0/0 fd00::/129 10.0.0.0/8/8 a@b
    rp.internal:99999 rp.internal:x 127.1 0x7f.1 rp.internal?x rp.internal#x fe80::%lo/64
  `)) {
    expect(readAllowed(entry), entry).toBeUndefined()
  }
  expect(readAllowed('')).toBeUndefined()
})
