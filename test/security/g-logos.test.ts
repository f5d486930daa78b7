import { afterAll, expect, test } from 'vitest'
import { anOutsideServer, aRawServer } from '#test/support/outside-servers.ts'
import { aPerson } from '#test/support/person.ts'
import { aRegistrant, plainDocument } from '#test/support/registrant.ts'
import { theWorld } from './support/world.ts'

const site = await anOutsideServer((_request, response) => {
  response
    .writeHead(200, { 'content-type': 'image/png', 'set-cookie': 'a=b' })
    .end(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))
})
const canary = await aRawServer((socket) => socket.destroy())
afterAll(() => Promise.all([site.close(), canary.close()]))

const world = await theWorld({
  flags: { 'registration.mode': 'open', 'registration.perAddress': '1000', 'outbound.allow': `localhost:${site.port}` },
})
const { register, ask } = aRegistrant(world.issuer)

/** The logo on the sign-in page of a client that registered itself. */
async function shownFor(logoUri: string): Promise<{ readonly made: Record<string, unknown>; readonly logo: string }> {
  const { json: made } = await register({ ...plainDocument, logo_uri: logoUri })
  const query = {
    client_id: String(made.client_id),
    redirect_uri: plainDocument.redirect_uris[0],
    response_type: 'code',
  }
  const { browser } = aPerson({ issuer: world.issuer, ...world.u1 })
  const page = await browser.open(`${world.issuer}/authorize?${new URLSearchParams({ ...query, scope: 'openid' })}`)
  // Nothing but our own pictures: no address of the app, in whatever attribute.
  expect(page.text).not.toContain(new URL(logoUri).host)
  expect(page.headers.get('content-security-policy')).toContain("img-src 'self' data:")
  return { made, logo: /<img class="mark" src="([^"]+)"/.exec(page.text)?.[1] ?? 'none' }
}

test.each(['127.0.0.1', '[::1]', '10.0.0.1', '169.254.169.254', '[fd00::1]', '2130706433'])(
  'G06 a logo at %s is not fetched from there',
  async (host) => {
    const { status, json } = await register({ ...plainDocument, logo_uri: `https://${host}:${canary.port}/logo.png` })
    if (status === 201) {
      const { logo } = await shownFor(String(json.logo_uri))
      expect((await world.send(logo)).status).toBe(404)
    }
    expect(canary.connections()).toBe(0)
  },
)

test('G06 the app learns nothing of who looks at its logo, and can set nothing', async () => {
  const { made, logo } = await shownFor(`http://localhost:${site.port}/logo.png?to=you`)
  const before = site.requests.length
  const seen = await world.send(logo, {
    headers: { cookie: 'session=mine', referer: 'https://secret.test/', 'user-agent': 'me' },
  })
  expect([seen.status, seen.headers.get('content-type'), seen.headers.get('set-cookie')]).toEqual([
    200,
    'image/png',
    null,
  ])
  expect(seen.headers.get('x-content-type-options')).toBe('nosniff')
  const asked = site.requests.slice(before)
  expect(asked.map(({ url }) => url)).toEqual(['/logo.png?to=you'])
  for (const name of ['cookie', 'referer', 'x-forwarded-for']) expect(asked[0]?.headers.has(name)).toBe(false)
  expect(asked[0]?.headers.get('user-agent')).toBe('Signet')
  // A logo goes with its client.
  await ask(made, 'DELETE')
  expect((await world.send(logo)).status).toBe(404)
})

test('G06 G13 any number of looks is one request, and no path asks for what was not registered', async () => {
  const { logo } = await shownFor(`http://localhost:${site.port}/often.png`)
  const before = site.requests.length
  const looks = await Promise.all(Array.from({ length: 50 }, () => world.send(logo)))
  expect(looks.every(({ status }) => status === 200)).toBe(true)
  expect(site.requests.length).toBe(before + 1)
  for (const path of [
    '/logos/x/y',
    `${logo}x`,
    `${logo}/../x`,
    '/logos/%2e%2e/x',
    `/logos/${encodeURIComponent(`http://localhost:${site.port}/`)}/x`,
  ])
    expect((await world.send(path)).status).toBe(404)
  expect(site.requests.length).toBe(before + 1)
})
