import { describe, expect, onTestFinished, test } from 'vitest'
import { freePorts } from '#test/support/free-ports.ts'
import { aNginx, noNginx } from './support/nginx.ts'
import { sendRaw } from './support/raw-http.ts'
import { smuggling } from './support/smuggling.ts'
import { authorizeUrl, clientToken, cookiesOf, personOf, signIn, userInfo } from './support/steps.ts'
import { aWorld, type World } from './support/world.ts'

/** A provider whose issuer is the address of a caching nginx before it. */
async function behindNginx(): Promise<World & { readonly proxyPort: number }> {
  const [proxyPort = 0] = await freePorts(1)
  const flags = { issuer: `http://localhost:${proxyPort}`, 'listen.trustProxy': '127.0.0.1' }
  const world = await aWorld({ flags })
  const nginx = await aNginx(proxyPort, world.server.port)
  onTestFinished(async () => {
    await nginx.close()
    await world.close()
  })
  return { ...world, proxyPort }
}

describe.skipIf(noNginx)(`behind nginx${noNginx && ` (${noNginx})`}`, () => {
  test('A20 two people through one cache see each their own', async () => {
    const world = await behindNginx()
    for (const user of [world.u1, world.u2, world.u1]) {
      const { person, access } = await signIn(world, { user })
      const answer = await userInfo(world, access)
      expect([answer.json.sub, answer.headers.get('x-cache')]).toEqual([user.sub, 'MISS'])
      const home = await person.browser.open(`${world.issuer}/`)
      expect(home.text).toContain(user.username)
      const silent = await world.send(
        authorizeUrl(world, world.c1, { prompt: 'none', code_challenge: 'A'.repeat(43) }),
        {
          headers: { cookie: cookiesOf(world, person) },
        },
      )
      expect(silent.headers.get('x-cache')).toBe('MISS')
    }
    const stranger = await personOf(world, world.u1).browser.open(`${world.issuer}/`)
    expect(stranger.text).not.toMatch(/(?<![\w-])u[12](?![\w-])/)
    expect((await world.send('/userinfo')).status).toBe(401)
    const document = '/.well-known/jwks.json'
    await world.send(document)
    const again = await world.send(document)
    expect([again.headers.get('x-cache'), again.headers.getSetCookie()]).toEqual(['HIT', []])
    world.check()
  })

  test('H08 honest answers stay apart while somebody smuggles', { timeout: 60_000 }, async () => {
    const world = await behindNginx()
    const attacks = Object.values(smuggling(`localhost:${world.proxyPort}`).ambiguous)
    for (let pair = 0; pair < 150; pair++) {
      const attack = attacks[pair % attacks.length] ?? ''
      const [, token, missing, home] = await Promise.all([
        sendRaw(world.proxyPort, attack, 100),
        clientToken(world, world.c2, { scope: world.rs1.scope }),
        world.send(`/nowhere?${pair}`),
        world.send(`/?${pair}`),
      ])
      expect([token.status, missing.status, home.status]).toEqual([200, 404, 200])
      expect([typeof token.json.access_token, home.text.includes('<title>')]).toEqual(['string', true])
    }
    world.check()
  })
})
