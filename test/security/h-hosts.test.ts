import { describe, expect, test } from 'vitest'
import { list } from './support/list.ts'
import { headersOf, sendRaw } from './support/raw-http.ts'
import { theWorld } from './support/world.ts'

const world = await theWorld()
const own = new URL(world.issuer).host
const dynamic = list(
  '/ /authorize /login /consent /logout /logout/confirm /token /userinfo /introspect /revoke /nowhere /.well-known/x',
)
const documents = list(
  '/.well-known/openid-configuration /.well-known/oauth-authorization-server /.well-known/jwks.json',
)
const strangers = [
  ...list(`
  evil.test evil.test:80 ${own}.evil.test localhost.evil.test evil.test:${world.server.port} ${own}@evil.test evil.test@${own} x@${own}
  ${own},evil.test localhost:x localhost:80:80 localhost. localhost.:80 127.0.0.1 [::1] 0.0.0.0 localhost%00.evil.test localhost/evil.test
  localhost?evil.test localhost#evil.test localhost\\evil.test * _ . : @ null undefined __proto__ ${'a'.repeat(5000)} ｌocalhost
`),
  'localhost evil.test',
  `${`${own} `.trim()}\t.evil.test`,
]

function get(path: string, headers: readonly string[]): string {
  return `GET ${path} HTTP/1.1\r\n${headers.map((header) => `${header}\r\n`).join('')}Connection: close\r\n\r\n`
}

async function ask(path: string, ...headers: readonly string[]) {
  return sendRaw(world.server.port, get(path, headers), 5000)
}

describe('H01 the Host header changes nothing', () => {
  test("H01 a stranger's name is answered 421 or 400, on every path", async () => {
    for (const host of strangers) {
      for (const path of host.startsWith('evil') ? dynamic : ['/', '/authorize']) {
        const { statuses, text } = await ask(path, `Host: ${host}`)
        expect([400, 421], `${host} ${path}`).toContain(statuses[0])
        expect(statuses.length, host).toBe(1)
        expect(text.toLowerCase(), host).not.toMatch(/location:|set-cookie:/)
      }
    }
  })

  test('H01 no Host, an empty one, or two of them', async () => {
    for (const headers of [
      [],
      ['Host:'],
      ['Host: '],
      [`Host: ${own}`, 'Host: evil.test'],
      ['Host: evil.test', `Host: ${own}`],
      [`Host: ${own}`, `host: ${own}`],
      [`Host: ${own}`, 'Host:'],
    ]) {
      for (const path of ['/', '/.well-known/openid-configuration']) {
        const { statuses } = await ask(path, ...headers)
        const isDocument = path !== '/' && headers.length === 1
        expect([400, isDocument ? 200 : 421], `${headers} ${path}`).toContain(statuses[0])
      }
    }
    expect((await sendRaw(world.server.port, 'GET / HTTP/1.0\r\n\r\n')).statuses).toEqual([400])
  })

  test('H01 a host in the request line counts, and not the header beside it', async () => {
    for (const target of list(
      `http://evil.test/ http://evil.test/authorize http://evil.test:80/ https://evil.test/ HTTP://EVIL.TEST/ http://${own}@evil.test/ http://evil.test@${own}/ http://evil.test?/ http:///`,
    )) {
      const { statuses } = await ask(target, `Host: ${own}`)
      expect([400, 404, 421], target).toContain(statuses[0])
    }
    expect((await ask(`http://${own}/`, 'Host: evil.test')).statuses).toEqual([200])
  })

  test('H01 our own name is ours in any spelling that means it', async () => {
    for (const host of [own, own.toUpperCase(), 'localhost', 'LOCALHOST', 'localhost:1']) {
      expect((await ask('/', `Host: ${host}`)).statuses, host).toEqual([200])
    }
  })

  test('H01 issuer, endpoints and keys are the same by whatever name they are fetched', async () => {
    for (const path of documents) {
      const honest = await ask(path, `Host: ${own}`)
      for (const header of ['Host: evil.test', 'Host: 127.0.0.1', 'Host: idp.internal:8080']) {
        const answer = await ask(
          path,
          header,
          'X-Forwarded-Host: evil.test',
          'X-Forwarded-Proto: https',
          'Forwarded: host=evil.test;proto=https',
        )
        expect(answer.text.split('\r\n\r\n')[1], header).toBe(honest.text.split('\r\n\r\n')[1])
        expect(headersOf(answer.text).get('etag')).toBe(headersOf(honest.text).get('etag'))
      }
    }
    const { json } = await world.send('/.well-known/openid-configuration')
    for (const [name, value] of Object.entries(json))
      if (/endpoint$|_uri$/.test(name)) expect(value, name).toMatch(new RegExp(`^${world.issuer}/`))
  })
})
