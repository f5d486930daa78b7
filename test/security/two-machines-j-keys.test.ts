import { expect, test } from 'vitest'
import { describeMachines } from './support/machine-room.ts'
import { both } from './support/machines.ts'
import { rotateKey } from './support/rotate-key.ts'
import {
  authorizeUrl,
  clientToken,
  introspect,
  personOf,
  pkce,
  redeem,
  refresh,
  signIn,
  tokensOf,
  userInfo,
} from './support/steps.ts'
import { expectAlive, headerOf } from './support/tokens.ts'

const algs = ['HS256', 'ES256', 'RS256'] as const
const offline = { scope: 'openid offline_access', prompt: 'consent' }

describeMachines('keys in the database', (room) => {
  test('J04 both publish the same keys, and a new one is in the JWKS of both before either signs with it', async () => {
    const { world, at, clock, server } = room()
    const published = async (machine: 0 | 1) => {
      const { keys } = (await at(machine).send('/.well-known/jwks.json')).json
      return (keys as readonly { readonly kid: string }[]).map(({ kid }) => kid).toSorted()
    }
    const signs = async (machine: 0 | 1) => {
      const answer = await clientToken(at(machine), world.c1, { scope: world.rs1.scope })
      return String(headerOf(tokensOf(answer).access).kid)
    }
    const [old, before] = [await signs(0), await published(0)]
    expect([await signs(1), await published(1)]).toEqual([old, before])
    await rotateKey(at(0), 'ES256')
    await server(1).ring.refresh()
    const [added = '', ...more] = (await published(1)).filter((kid) => !before.includes(kid))
    expect(more).toEqual([])
    expect(await published(0)).toEqual(await published(1))
    clock.move(15 * 60)
    for (const machine of both) expect(await signs(machine)).toBe(old)
    clock.move(4 * 60)
    for (const machine of both) {
      expect(await signs(machine)).toBe(added)
      expect(await published(machine)).toContain(old)
    }
  })

  test('J05 keys that rotate at one machine amid a sign-in, at once or in time, disturb nothing that the other does', async () => {
    for (const atOnce of [false, true]) {
      const { world, at, clock } = room()
      const before = await signIn(world, { changes: offline })
      const person = personOf(world, world.u1)
      const { verifier, challenge } = pkce()
      const asked = { code_challenge: challenge, prompt: 'consent' }
      const page = await person.browser.open(authorizeUrl(world, world.c2, asked))
      for (const alg of algs) await rotateKey(at(0), alg, atOnce)
      clock.move(atOnce ? 1 : 20 * 60)
      const consent = await person.signIn(page)
      for (const alg of algs) await rotateKey(at(0), alg, true)
      const answer = await person.consent(consent)
      for (const alg of algs) await rotateKey(at(0), alg, true)
      const { c2 } = world
      const code = answer.url.searchParams.get('code') ?? ''
      const granted = { client: c2, code, verifier, nonce: '', redirectUri: c2.redirectUri, person, answer: answer.url }
      const tokens = tokensOf(await redeem(at(0), granted))
      await expectAlive(at(1), { ...granted, ...tokens, answer: before.answer })
      const next = tokensOf(await refresh(at(1), world.c1, before.refresh))
      expect(next.refresh.split('.')[0]).toBe(before.refresh.split('.')[0])
      expect((await refresh(at(0), world.c1, next.refresh)).status).toBe(200)
      const url = authorizeUrl(world, c2, { prompt: 'none', id_token_hint: tokens.id })
      for (let times = 0; times < 2; times++) expect((await person.authorize(url)).searchParams.has('code')).toBe(true)
    }
  })

  test('J05 what a key signs at once at one is believed at the other, which has not looked since', async () => {
    const { world, at } = room()
    for (let times = 0; times < 3; times++) {
      await rotateKey(at(0), 'ES256', true)
      const { access } = tokensOf(await clientToken(at(0), world.c1, { scope: world.rs1.scope }))
      expect((await introspect(at(1), world.rs1.client, access)).json.active).toBe(true)
      await rotateKey(at(0), 'ES256', true)
      const mine = await signIn(at(0))
      expect((await userInfo(at(1), mine.access)).status).toBe(200)
    }
  })
})
