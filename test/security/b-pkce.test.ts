import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { expectErrorAt, expectJsonError, expectLocalError } from './support/answers.ts'
import {
  authorizeUrl,
  basic,
  getCode,
  introspect,
  pkce,
  postForm,
  redeem,
  refresh,
  signIn,
  tokensOf,
  userInfo,
} from './support/steps.ts'
import { theWorld } from './support/world.ts'

const world = await theWorld()
const without = { code_challenge: undefined, code_challenge_method: undefined }

test('an honest flow works, so that what fails below fails for its own reason', async () => {
  for (const client of [world.c1, world.c2, world.p1]) {
    const tokens = await signIn(world, { client })
    expect((await userInfo(world, tokens.access)).json).toMatchObject({ sub: world.u1.sub })
    expect((await refresh(world, client, tokens.refresh)).status).toBe(200)
  }
  expect(
    (await redeem(world, await getCode(world, { changes: without }), { changes: { code_verifier: undefined } })).status,
  ).toBe(200)
})

test('B01 a request without a challenge cannot be redeemed with a verifier', async () => {
  for (const client of [world.c1, world.c2]) {
    const granted = await getCode(world, { client, changes: without })
    for (const code_verifier of [pkce().verifier, granted.verifier, 'x', '0'.repeat(43), 'undefined', 'null']) {
      expectJsonError(await redeem(world, granted, { changes: { code_verifier } }), 400, 'invalid_grant')
    }
    const empty = await getCode(world, { client, changes: { code_challenge: '', code_challenge_method: '' } })
    expectJsonError(await redeem(world, empty), 400, 'invalid_grant')
  }
})

describe('B02 the verifier is needed, whole and right', () => {
  test.each(['c1', 'c2', 'p1'] as const)('B02 for %s', async (name) => {
    const granted = await getCode(world, { client: world[name] })
    const { verifier } = granted
    const { challenge } = pkce()
    const wrong = [
      undefined,
      '',
      ' ',
      verifier.slice(0, -1),
      `${verifier}x`,
      ` ${verifier}`,
      `${verifier} `,
      `${verifier}\n`,
      `${verifier}\0`,
      `${verifier}=`,
      verifier.toLowerCase() === verifier ? verifier.toUpperCase() : verifier.toLowerCase(),
      challenge,
      pkce().verifier,
      'a'.repeat(42),
      'a'.repeat(129),
      'a'.repeat(60_000),
      '*'.repeat(43),
      'é'.repeat(43),
      '__proto__',
      'true',
    ]
    for (const code_verifier of wrong) {
      expectJsonError(
        await redeem(world, granted, { changes: { code_verifier } }),
        400,
        'invalid_grant',
        JSON.stringify(code_verifier?.slice(0, 50)),
      )
    }
    expectJsonError(
      await redeem(world, granted, { changes: { code_verifier: [verifier, verifier] } }),
      400,
      'invalid_request',
    )
    expectJsonError(
      await redeem(world, granted, { changes: { code_verifier: undefined, 'code_verifier[]': verifier } }),
      400,
      'invalid_grant',
    )
    expect((await redeem(world, granted)).status).toBe(200)
  })

  test('B02 the challenge itself is no verifier', async () => {
    const { challenge } = pkce()
    const granted = await getCode(world, { changes: { code_challenge: challenge } })
    expectJsonError(await redeem(world, granted, { changes: { code_verifier: challenge } }), 400, 'invalid_grant')
  })
})

describe('B03 a public client without a challenge', () => {
  test('B03 is refused at the request, by GET and by POST, empty or missing', async () => {
    for (const code_challenge of [undefined, '']) {
      for (const code_challenge_method of [undefined, '', 'S256', 'plain']) {
        const url = authorizeUrl(world, world.p1, { code_challenge, code_challenge_method })
        expectErrorAt(world, world.p1, await world.send(url), 'invalid_request')
        expectErrorAt(
          world,
          world.p1,
          await world.send('/authorize', { method: 'POST', body: url.searchParams }),
          'invalid_request',
        )
      }
    }
  })

  test('B03 even where somebody is signed in already and has consented', async () => {
    const { person } = await signIn(world, { client: world.p1 })
    const page = await person.browser.open(authorizeUrl(world, world.p1, without))
    expect(page.url.searchParams.get('error')).toBe('invalid_request')
  })
})

describe('B04 S256 and nothing else', () => {
  const methods = [
    'plain',
    'PLAIN',
    's256',
    'S256 ',
    ' S256',
    'S-256',
    'S512',
    'SHA256',
    'none',
    'null',
    'S256,plain',
    'S256\0',
    'S256\n',
    '__proto__',
    '',
    undefined,
  ]

  test.each(methods)('B04 method %j', async (code_challenge_method) => {
    for (const client of [world.c1, world.p1]) {
      const { verifier, challenge } = pkce()
      for (const code_challenge of [challenge, verifier]) {
        const answer = await world.send(authorizeUrl(world, client, { code_challenge, code_challenge_method }))
        expectErrorAt(world, client, answer, 'invalid_request')
      }
    }
  })

  test('B04 a challenge that is not 32 bytes of base64url', async () => {
    const { challenge } = pkce()
    for (const code_challenge of [
      challenge.slice(1),
      `${challenge}A`,
      `${challenge}=`,
      ` ${challenge}`,
      `${challenge}\n`,
      challenge.replace(/.$/, '+'),
      challenge.replace(/.$/, 'é'),
      'x',
      'A'.repeat(10_000),
    ]) {
      expectErrorAt(
        world,
        world.c1,
        await world.send(authorizeUrl(world, world.c1, { code_challenge })),
        'invalid_request',
      )
    }
    for (const name of ['code_challenge', 'code_challenge_method']) {
      expectLocalError(await world.send(authorizeUrl(world, world.c1, { [name]: ['S256', 'plain'] })))
    }
  })

  test('B04 the metadata offers S256 alone', async () => {
    const { json } = await world.send('/.well-known/openid-configuration')
    expect(json.code_challenge_methods_supported).toEqual(['S256'])
  })
})

test('B06 a made-up secret is no proof for a public client, and no substitute for the verifier', async () => {
  const granted = await getCode(world, { client: world.p1 })
  const { verifier, code, redirectUri } = granted
  const fields = { grant_type: 'authorization_code', code, redirect_uri: redirectUri }
  for (const secret of ['anything', 'p1', ' ', 'undefined', 'null', world.c1.secret]) {
    for (const code_verifier of [undefined, verifier]) {
      const inForm = await postForm(world, '/token', {
        ...fields,
        code_verifier,
        client_id: 'p1',
        client_secret: secret,
      })
      expectJsonError(inForm, 401, 'invalid_client')
      const headers = { authorization: basic('p1', secret) }
      const body = new URLSearchParams(code_verifier ? { ...fields, code_verifier } : fields)
      expectJsonError(await world.send('/token', { method: 'POST', headers, body }), 401, 'invalid_client')
    }
  }
  const headers = { authorization: basic('p1', '') }
  expectJsonError(
    await world.send('/token', { method: 'POST', headers, body: new URLSearchParams(fields) }),
    401,
    'invalid_client',
  )
  expectJsonError(await redeem(world, granted, { changes: { code_verifier: undefined } }), 400, 'invalid_grant')
  expect((await redeem(world, granted)).status).toBe(200)
})

describe('B14 a code in another session', () => {
  test("B14 the victim's code with the attacker's verifier", async () => {
    for (const client of [world.c1, world.p1]) {
      const victim = await getCode(world, { client, user: world.u1 })
      const attacker = await getCode(world, { client, user: world.u2 })
      const injected = await redeem(world, victim, { changes: { code_verifier: attacker.verifier } })
      expectJsonError(injected, 400, 'invalid_grant')
      const own = await redeem(world, attacker)
      expect(decodeJwt(tokensOf(own).id)).toMatchObject({ sub: world.u2.sub, nonce: attacker.nonce, aud: client.id })
    }
  })

  test('B14 without PKCE the nonce still tells whose request it was', async () => {
    const victim = await getCode(world, { changes: without })
    const attacker = await getCode(world, { user: world.u2, changes: without })
    const answer = await redeem(world, victim, { changes: { code_verifier: undefined } })
    const claims = decodeJwt(tokensOf(answer).id)
    expect(claims.nonce).toBe(victim.nonce)
    expect(claims.nonce).not.toBe(attacker.nonce)
    expect(claims.sub).toBe(world.u1.sub)
  })

  test('B14 a nonce at the token endpoint is not read, and none is made up', async () => {
    const granted = await getCode(world, { changes: { nonce: undefined } })
    const answer = await redeem(world, granted, { changes: { nonce: 'evil' } })
    expect(decodeJwt(tokensOf(answer).id)).not.toHaveProperty('nonce')
    expect((await introspect(world, world.c1, tokensOf(answer).access)).json.active).toBe(true)
  })
})
