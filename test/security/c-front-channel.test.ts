import { describe, expect, test } from 'vitest'
import { faultyStores } from './support/faulty-stores.ts'
import { askForTokens, expectErrorBehind, registerFor, tokensUrl } from './support/front-channel.ts'
import { personOf, pkce, postForm, refresh, revoke, tokensOf, userInfo } from './support/steps.ts'
import { claimsOf, expectInactive } from './support/tokens.ts'
import { theWorld } from './support/world.ts'

const faults = faultyStores()
const world = await theWorld({ flags: { 'authorize.frontChannelTokens': 'all' }, tamper: faults.tamper })
const { u1, u2, server, issuer } = world
const hybrid = await registerFor(world, 'hybrid', ['code token', 'id_token token'])
const implicit = await registerFor(world, 'implicit', ['id_token', 'id_token token'])

describe('C23 tokens of an answer end like all others', () => {
  let access = ''
  let person = personOf(world, u2)

  async function begin(): Promise<void> {
    person = personOf(world, u2)
    access = (await askForTokens(world, { client: implicit, person })).access
    expect((await userInfo(world, access)).json.sub).toBe(u2.sub)
  }
  async function expectEnded(): Promise<void> {
    expect((await userInfo(world, access)).status).toBe(401)
    expectInactive(await postForm(world, '/introspect', { token: access }, implicit))
  }

  test('C23 with the sign-out; and the session knows which app it has reached', async () => {
    await begin()
    const { sid } = claimsOf(access)
    const families = await server.stores.facts.listFamilies({ sid: String(sid) }, server.clock.now())
    expect(families.map(({ clientId }) => clientId)).toEqual(['implicit'])
    await person.browser.press(await person.browser.open(`${issuer}/logout`), 'logout')
    await expectEnded()
  })

  test('C23 when the app gives the token back', async () => {
    await begin()
    expect((await revoke(world, implicit, access)).status).toBe(200)
    await expectEnded()
  })

  test('C23 when the consent is withdrawn, the person disabled, the client stopped', async () => {
    const ends = [
      () => server.endings.familiesAt(u2.sub, implicit.id, 'consent_withdrawn'),
      () => server.clients.endTokens(implicit.id, 'test'),
      () => server.users.disable(u2.sub, 'test').then(() => server.users.enable(u2.sub, 'test')),
    ]
    for (const end of ends) {
      await begin()
      await end()
      await expectEnded()
    }
  })

  describe('the code beside a token goes on with its family', () => {
    /** A code with a token beside it, and what redeems it. */
    async function askForBoth() {
      const { verifier, challenge } = pkce()
      const changes = { response_type: 'code token', code_challenge: challenge }
      const { said, access: front } = await askForTokens(world, { client: hybrid, changes })
      const { code = '' } = said
      const own = { code, code_verifier: verifier, redirect_uri: hybrid.redirectUri }
      const redeem = () => postForm(world, '/token', { grant_type: 'authorization_code', ...own }, hybrid)
      return { front, redeem }
    }

    test('C17 its refresh token takes the token of the answer along', async () => {
      const { front, redeem } = await askForBoth()
      const first = tokensOf(await redeem())
      const next = tokensOf(await refresh(world, hybrid, first.refresh))
      expect(claimsOf(next.access).fid).toBe(claimsOf(front).fid)
      expect((await userInfo(world, front)).status).toBe(200)
      expect((await revoke(world, hybrid, next.refresh)).status).toBe(200)
      for (const token of [front, first.access, next.access]) expect((await userInfo(world, token)).status).toBe(401)
    })

    test('C23 one that has ended meanwhile does not begin anew', async () => {
      const { redeem } = await askForBoth()
      await server.endings.familiesAt(u1.sub, hybrid.id, 'revoked_by_operator')
      const answer = await redeem()
      expect([answer.status, answer.json.error]).toEqual([400, 'invalid_grant'])
    })
  })

  test('C24 no access that lasts without a code, and no refresh token in any answer', async () => {
    const { said } = await askForTokens(world, {
      client: hybrid,
      user: u2,
      changes: { scope: 'openid offline_access' },
    })
    expect(said.scope).toBe('openid')
    expect(said).not.toHaveProperty('refresh_token')
    expect(claimsOf(said.access_token ?? '').sid).toMatch(/^ses_/)
  })

  test('C16 what cannot be kept is not answered: 503, and the same page leads on once it can', async () => {
    const { person: signedIn } = await askForTokens(world, { client: implicit })
    const page = await signedIn.browser.open(tokensUrl(world, implicit, { prompt: 'login' }))
    for (const call of ['facts.beginFamily', 'families.begin', 'revocations.has']) {
      faults.fail((each) => each === call)
      const stopped = await signedIn.browser.open(tokensUrl(world, implicit, { prompt: 'none' }))
      expect([stopped.status, stopped.left], call).toEqual([503, false])
      expect(stopped.text).not.toMatch(/access_token|id_token/)
    }
    faults.fail((each) => each === 'facts.beginFamily')
    const stopped = await signedIn.signIn(page)
    expect(stopped.status).toBe(503)
    faults.heal()
    world.check([503])
    const { url } = await signedIn.browser.open(stopped.url)
    expect(url.hash).toMatch(/^#access_token=ey/)
  })

  test('B15 what ends while the answer is made is not answered', async () => {
    const { person: signedIn, claims } = await askForTokens(world, { client: implicit })
    faults.before('facts.beginFamily', () => server.stores.consents.end(u1.sub, implicit.id))
    expectErrorBehind(
      world,
      implicit,
      await signedIn.authorize(tokensUrl(world, implicit, { prompt: 'none' })),
      'login_required',
    )
    await askForTokens(world, { client: implicit, person: signedIn })
    faults.before('families.begin', () => server.endings.session(String(claims.sid), 'signed_out'))
    expectErrorBehind(
      world,
      implicit,
      await signedIn.authorize(tokensUrl(world, implicit, { prompt: 'none' })),
      'login_required',
    )
  })
})
