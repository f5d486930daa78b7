import { afterAll, beforeAll, expect, test } from 'vitest'
import { aBrowser } from '#test/support/http-browser.ts'
import { anOutsideServer, type OutsideServer } from '#test/support/outside-servers.ts'
import { aServer, type TestServer } from '#test/support/server.ts'
import { aStopwatch } from '#test/support/stopwatch.ts'

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPj/HwADAgH/p0mQGAAAAABJRU5ErkJggg==',
  'base64',
)
const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0, 0, 0])
const gif = Buffer.from('GIF89a and more', 'latin1')
const webp = Buffer.from('RIFF\0\0\0\0WEBPVP8 ', 'latin1')
const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')

/** What the app's own site serves, by path: a type, and bytes. */
const files: { readonly [path: string]: readonly [type: string, body: Buffer] } = {
  '/png': ['image/png', png],
  '/jpeg': ['image/png', jpeg],
  '/gif': ['image/gif', gif],
  '/webp': ['image/webp', webp],
  '/svg': ['image/svg+xml', svg],
  '/svg-as-png': ['image/png', svg],
  '/html-as-png': ['image/png', Buffer.from('<!doctype html><script>alert(1)</script>')],
  '/large': ['image/png', Buffer.concat([png, Buffer.alloc(70_000)])],
}

let site: OutsideServer
let server: TestServer
beforeAll(async () => {
  site = await anOutsideServer((request, response) => {
    const file = files[request.url ?? '']
    if (request.url === '/moved') return response.writeHead(302, { location: '/png' }).end()
    // It never answers.
    if (request.url === '/silent') return undefined
    return file ? response.writeHead(200, { 'content-type': file[0] }).end(file[1]) : response.writeHead(404).end()
  })
  server = await aServer({ flags: { 'outbound.allow': `localhost:${site.port}` } })
})
afterAll(() => Promise.all([site.close(), server.close()]))

const redirectUri = 'https://photos.example/cb'

/** The sign-in page of a client with this logo, and the logo that it shows. */
async function signInPageWith(logoUri: string | undefined, id = `c${Math.random().toString(36).slice(2)}`) {
  const wishes = {
    id,
    name: 'Photos',
    redirectUris: [redirectUri],
    logoUri,
    policyUri: 'https://photos.example/policy',
  }
  if (!(await server.stores.clients.find(id))) await server.clients.create(wishes, 'test')
  const query = new URLSearchParams({
    client_id: id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
  })
  const { text } = await aBrowser({ knows: [server.issuer] }).open(`${server.issuer}/authorize?${query}`)
  const logo = /<img class="mark" src="([^"]+)"/.exec(text)?.[1]
  return { id, text, logo }
}

const at = (path: string) => `http://localhost:${site.port}${path}`
const load = (path = '') => fetch(server.issuer + path)

test('a page shows the logo of the app from our own server, before anybody has fetched it', async () => {
  const before = site.requests.length
  const { logo } = await signInPageWith(at('/png'))
  expect(logo).toMatch(/^\/logos\/c[a-z0-9]+\/[\w-]{16}$/)
  expect(site.requests.length).toBe(before)
  const picture = await load(logo)
  expect(picture.status).toBe(200)
  expect(Buffer.from(await picture.arrayBuffer())).toEqual(png)
  expect(picture.headers.get('content-type')).toBe('image/png')
  expect(picture.headers.get('cache-control')).toBe('public, max-age=3600')
  expect(picture.headers.get('x-content-type-options')).toBe('nosniff')
  expect(picture.headers.get('content-security-policy')).toContain("default-src 'none'")
  await load(logo)
  expect(site.requests.length).toBe(before + 1)
  expect(site.requests.at(-1)?.headers.has('cookie')).toBe(false)
})

test.each([
  ['/jpeg', 'image/jpeg'],
  ['/gif', 'image/gif'],
  ['/webp', 'image/webp'],
])('what %s is called follows from its bytes', async (path, type) => {
  const picture = await load((await signInPageWith(at(path))).logo)
  expect([picture.status, picture.headers.get('content-type')]).toEqual([200, type])
})

test.each(['/svg', '/svg-as-png', '/html-as-png', '/large', '/moved', '/none'])(
  'of %s there is no picture, and the page does without',
  async (path) => {
    const { id, logo } = await signInPageWith(at(path))
    expect((await load(logo)).status).toBe(404)
    const again = await signInPageWith(undefined, id)
    expect(again.logo).toBeUndefined()
    expect(again.text).toContain('<span class="mark"')
    server.clock.move(601)
    expect((await signInPageWith(undefined, id)).logo).toBe(logo)
  },
)

test('a logo that is private to the network is not asked for, and one that never comes holds nobody up', async () => {
  const own = await signInPageWith('https://169.254.169.254/logo.png')
  expect((await load(own.logo)).status).toBe(404)
  const watch = aStopwatch()
  const { logo } = await signInPageWith(at('/silent'))
  expect(watch.milliseconds()).toBeLessThan(1500)
  expect((await load(logo)).status).toBe(404)
})

test('a path that no page has named leads to nothing', async () => {
  const { id, logo } = await signInPageWith(at('/png'))
  const before = site.requests.length
  for (const path of [`/logos/${id}/another-version`, `/logos/nobody/${logo?.split('/').at(-1)}`, `/logos/${id}`])
    expect((await load(path)).status).toBe(404)
  expect(site.requests.length).toBe(before)
})

test('the page links to the policy that the app names', async () => {
  expect((await signInPageWith(undefined)).text).toContain('href="https://photos.example/policy"')
})
