import { expect, test } from 'vitest'
import { expectJsonError } from './support/answers.ts'
import { getCode, introspect, redeem, refresh, signIn, tokensOf, userInfo } from './support/steps.ts'
import { asTokens, claimsOf, expectAlive, expectDead, expectInactive, withPart } from './support/tokens.ts'
import { theWorld } from './support/world.ts'

const world = await theWorld()
const { clock } = world.server
const day = 86_400

test('C01 a refresh token of another client is refused, and its own client does not notice', async () => {
  const { c1, c2, p1 } = world
  for (const [owner, thieves] of [
    [c1, [c2, p1]],
    [c2, [c1, p1]],
    [p1, [c1, c2]],
  ] as const) {
    const tokens = await signIn(world, { client: owner })
    for (const thief of thieves) {
      expectJsonError(await refresh(world, thief, tokens.refresh), 400, 'invalid_grant', `${thief.id} as ${owner.id}`)
      if (thief.method !== 'none') expectInactive(await introspect(world, thief, tokens.refresh))
    }
    const next = await expectAlive(world, tokens)
    expect(tokensOf(next).refresh.split('.')[2]).toBe('2')
  }
})

test('C01 a thief cannot use the client_id of the owner with credentials of its own', async () => {
  const { c1, c2 } = world
  const tokens = await signIn(world, { client: c1 })
  expectJsonError(await refresh(world, c2, tokens.refresh, { client_id: c1.id }), 401, 'invalid_client')
  expectJsonError(await refresh(world, c1, tokens.refresh, { client_id: c2.id }), 400, 'invalid_request')
  await expectAlive(world, tokens)
})

test('C02 a token that comes back after its successor was used ends the whole family', async () => {
  for (const client of [world.c1, world.c2, world.p1]) {
    const first = await signIn(world, { client })
    const second = asTokens(client, first, await refresh(world, client, first.refresh))
    const third = asTokens(client, first, await refresh(world, client, second.refresh))
    expectJsonError(await refresh(world, client, first.refresh), 400, 'invalid_grant')
    for (const tokens of [third, second, first]) await expectDead(world, tokens, client.id)
  }
})

test('C02 the token before the live one is reuse too once the grace window is over', async () => {
  for (const [client, grace] of [
    [world.c1, 30],
    [world.p1, 10],
  ] as const) {
    const first = await signIn(world, { client })
    const second = asTokens(client, first, await refresh(world, client, first.refresh))
    clock.move(grace)
    expectJsonError(await refresh(world, client, first.refresh), 400, 'invalid_grant')
    await expectDead(world, second)
  }
})

test('C02 reuse ends one sign-in, not the others of the same person at the same client', async () => {
  const other = await signIn(world)
  const first = await signIn(world)
  const second = tokensOf(await refresh(world, world.c1, first.refresh))
  await refresh(world, world.c1, second.refresh)
  expectJsonError(await refresh(world, world.c1, first.refresh), 400, 'invalid_grant')
  await expectAlive(world, other)
})

test('C02 reuse is told once in the trail, with who, where and which family', async () => {
  const first = await signIn(world)
  const second = tokensOf(await refresh(world, world.c1, first.refresh))
  await refresh(world, world.c1, second.refresh)
  for (let times = 0; times < 3; times++) await refresh(world, world.c1, first.refresh)
  const trail = await world.server.stores.audit.list({ clientId: world.c1.id })
  const [, familyId] = first.refresh.split('.')
  const told = trail.filter((line) => line.event === 'token.reused' && line.familyId === familyId)
  expect(told).toMatchObject([{ outcome: 'failure', userId: world.u1.sub, address: '127.0.0.1' }])
})

test('C08 what was not made here never ends or moves a family', async () => {
  const { c1 } = world
  const tokens = await signIn(world)
  const other = await signIn(world)
  const [kid = '', family = '', , mac = ''] = tokens.refresh.slice(3).split('.')
  const [, otherFamily = '', , otherMac = ''] = other.refresh.slice(3).split('.')
  const flipped = `${mac.startsWith('A') ? 'B' : 'A'}${mac.slice(1)}`
  const garbage = [
    withPart(tokens.refresh, 'mac', flipped),
    withPart(tokens.refresh, 'mac', 'A'.repeat(43)),
    withPart(tokens.refresh, 'mac', otherMac),
    withPart(tokens.refresh, 'mac', ''),
    withPart(tokens.refresh, 'family', otherFamily),
    withPart(tokens.refresh, 'generation', '2'),
    withPart(tokens.refresh, 'generation', '0'),
    withPart(tokens.refresh, 'generation', '01'),
    withPart(tokens.refresh, 'generation', '-1'),
    withPart(tokens.refresh, 'generation', '9999999999'),
    withPart(tokens.refresh, 'generation', '1e0'),
    withPart(tokens.refresh, 'kid', 'nobody'),
    withPart(tokens.refresh, 'kid', '../../keys'),
    withPart(tokens.refresh, 'kid', '__proto__'),
    `rt_${kid}.${family}.1.${mac}A`,
    `rt_${kid}.${family}.1.${mac}=`,
    `RT_${kid}.${family}.1.${mac}`,
    ` ${tokens.refresh}`,
    `${tokens.refresh} `,
    `${tokens.refresh}\n`,
    `${tokens.refresh}\u0000`,
    `rt_${family}`,
    'rt_',
    'rt_....',
    `rt_${'a'.repeat(20_000)}`,
    '💥',
  ]
  for (const text of garbage) {
    expectJsonError(await refresh(world, c1, text), 400, 'invalid_grant', JSON.stringify(text))
    expectInactive(await introspect(world, c1, text), JSON.stringify(text))
  }
  await expectAlive(world, tokens)
  await expectAlive(world, other)
})

test('C08 the last character of a MAC cannot be varied: base64url leaves two bits that mean nothing', async () => {
  const { c1 } = world
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const tokens = await signIn(world)
  const last = alphabet.indexOf(tokens.refresh.at(-1) ?? '')
  const twin = `${tokens.refresh.slice(0, -1)}${alphabet[last ^ 1]}`
  expectJsonError(await refresh(world, c1, twin), 400, 'invalid_grant')
  await expectAlive(world, tokens)
})

test('C09 more scope than was granted is refused and moves nothing; a full grant is possible later', async () => {
  const { c1, rs1, rs2 } = world
  const tokens = await signIn(world, { changes: { scope: 'openid profile email' } })
  for (const scope of ['openid profile email roles', rs1.scope, 'openid offline_access', `openid ${rs2.scope}`]) {
    expectJsonError(await refresh(world, c1, tokens.refresh, { scope }), 400, 'invalid_scope', scope)
  }
  for (const scope of ['openid "profile"', 'openid\tprofile', 'openid\\email', ' '.repeat(9)]) {
    expectJsonError(await refresh(world, c1, tokens.refresh, { scope }), 400, 'invalid_scope', JSON.stringify(scope))
  }
  expect(tokens.refresh.split('.')[2]).toBe('1')
  const narrow = await refresh(world, c1, tokens.refresh, { scope: 'openid' })
  expect(narrow.json).toMatchObject({ scope: 'openid' })
  expect(claimsOf(tokensOf(narrow).access).scope).toBe('openid')
  expect((await userInfo(world, tokensOf(narrow).access)).json).toEqual({ sub: world.u1.sub })
  const full = await refresh(world, c1, tokensOf(narrow).refresh)
  expect(full.json).toMatchObject({ scope: 'openid profile email' })
  expect(tokensOf(full).refresh.split('.')[2]).toBe('3')
})

test('C09 a narrower access token cannot be widened by asking twice inside the grace window', async () => {
  const { c1 } = world
  const tokens = await signIn(world, { changes: { scope: 'openid profile' } })
  const narrow = await refresh(world, c1, tokens.refresh, { scope: 'openid' })
  const wide = await refresh(world, c1, tokens.refresh, { scope: 'openid profile email' })
  expectJsonError(wide, 400, 'invalid_scope')
  const full = await refresh(world, c1, tokens.refresh)
  expect(tokensOf(full).refresh).toBe(tokensOf(narrow).refresh)
  expect(full.json).toMatchObject({ scope: 'openid profile' })
})

test('C09 a resource or scope that does not fit is found before anything moves', async () => {
  const { c1, rs1, rs2, issuer } = world
  const tokens = await signIn(world, { changes: { scope: `openid ${rs1.scope}`, resource: rs1.audience } })
  const wrong = [
    { resource: rs2.audience },
    { resource: 'https://nobody.test' },
    { resource: issuer },
    { scope: 'openid' },
    { resource: [rs1.audience, rs2.audience] },
  ]
  for (const changes of wrong) {
    expectJsonError(await refresh(world, c1, tokens.refresh, changes), 400, 'invalid_target', JSON.stringify(changes))
  }
  clock.move(31)
  const next = await refresh(world, c1, tokens.refresh)
  expect(tokensOf(next).refresh.split('.')[2]).toBe('2')
  expect(claimsOf(tokensOf(next).access).aud).toBe(rs1.audience)
})

test('C12 rotation does not extend a sign-in beyond its absolute end', async () => {
  const { c1 } = world
  const tokens = await signIn(world, { changes: { scope: 'openid offline_access', prompt: 'consent' } })
  let live = tokens.refresh
  for (let days = 13; days < 90; days += 13) {
    clock.move(13 * day)
    const answer = await refresh(world, c1, live)
    if (answer.status !== 200) {
      expectJsonError(answer, 400, 'invalid_grant', `day ${days}`)
      return expect(days).toBeGreaterThan(89)
    }
    live = tokensOf(answer).refresh
  }
  clock.move(90 * day - 78 * day - 1)
  live = tokensOf(await refresh(world, c1, live)).refresh
  expect(live).not.toBe('')
  clock.move(2)
  expectJsonError(await refresh(world, c1, live), 400, 'invalid_grant')
  expectInactive(await introspect(world, c1, live))
})

test('C12 a refresh token that lies unused for too long is dead, and says so', async () => {
  const { c1 } = world
  const tokens = await signIn(world, { changes: { scope: 'openid offline_access', prompt: 'consent' } })
  const next = tokensOf(await refresh(world, c1, tokens.refresh)).refresh
  clock.move(14 * day - 1)
  const late = tokensOf(await refresh(world, c1, next)).refresh
  expect(late).not.toBe('')
  clock.move(14 * day)
  expectInactive(await introspect(world, c1, late))
  expectJsonError(await refresh(world, c1, late), 400, 'invalid_grant')
})

test('C12 a family that is bound to its session does not outlive it, however often it rotates', async () => {
  const { c1 } = world
  const tokens = await signIn(world)
  let live = tokens.refresh
  for (let days = 0; days < 13; days++) {
    clock.move(day)
    live = tokensOf(await refresh(world, c1, live)).refresh
    expect(live, `day ${days}`).not.toBe('')
  }
  clock.move(day)
  expectJsonError(await refresh(world, c1, live), 400, 'invalid_grant')
})

test('C13 no token works where another kind belongs', async () => {
  const { c1 } = world
  const granted = await getCode(world, { changes: { scope: 'openid profile' } })
  const answer = await redeem(world, granted)
  const { access, refresh: token, id } = tokensOf(answer)
  const cookie = granted.person.browser.jar.header(new URL(world.issuer)).split('=')[1] ?? ''
  for (const text of [access, id, granted.code, cookie, granted.verifier]) {
    expectJsonError(await refresh(world, c1, text), 400, 'invalid_grant', text)
  }
  for (const text of [token, id, granted.code, cookie]) {
    expect((await userInfo(world, text)).status, text).toBe(401)
  }
  for (const text of [id, granted.code, cookie]) expectInactive(await introspect(world, c1, text), text)
  for (const code of [access, id, token, cookie]) {
    expectJsonError(await redeem(world, granted, { changes: { code } }), 400, 'invalid_grant', code)
  }
  expect((await userInfo(world, access)).status).toBe(200)
  expect((await refresh(world, c1, token)).status).toBe(200)
})
