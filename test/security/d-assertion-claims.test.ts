import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { expectJsonError } from './support/answers.ts'
import { aKeyClient, aMacClient, askWith, assertionOf, macOf, type Otherwise } from './support/assertions.ts'
import type { Claims } from './support/tokens.ts'
import { type Answer, theWorld } from './support/world.ts'

/** So many wrong proofs are sent that the throttle would answer. */
const world = await theWorld({ flags: { 'throttle.perClient': '100000' } })
const { issuer, c1, p1, server } = world
const k1 = await aKeyClient(world)
const m1 = await aMacClient(world)
const now = () => Math.floor(server.clock.now().getTime() / 1000)

function expectNobody(answer: Answer, because: string): void {
  expectJsonError(answer, 401, 'invalid_client', because)
}

/** Both kinds of client say the same wrong thing, well signed. */
async function expectClaimsRefused(claims: Claims, because: string): Promise<void> {
  expectNobody(await askWith(world, assertionOf(world, k1, { claims })), because)
  expectNobody(await askWith(world, macOf(world, m1, { claims })), because)
}

async function expectClaimsTaken(claims: Claims, because = ''): Promise<void> {
  expect((await askWith(world, assertionOf(world, k1, { claims }))).status, because).toBe(200)
  expect((await askWith(world, macOf(world, m1, { claims }))).status, because).toBe(200)
}

test('D09 an assertion needs an end, within five minutes, and must have begun', async () => {
  for (const exp of [
    undefined,
    null,
    '',
    'soon',
    String(now() + 60),
    [],
    {},
    true,
    0,
    -1,
    now() - 30,
    now() - 300,
    now() + 400,
    now() + 3600,
    now() + 315_360_000,
    Number.MAX_SAFE_INTEGER,
  ]) {
    await expectClaimsRefused({ exp }, `exp ${String(exp)}`)
  }
  for (const name of ['iat', 'nbf']) {
    for (const time of [now() + 61, now() + 3600, now() + 315_360_000, 'now', null, [], {}, true]) {
      await expectClaimsRefused({ [name]: time, exp: now() + 300 }, `${name} ${String(time)}`)
    }
    await expectClaimsTaken({ [name]: now() + 8 }, `${name} a little ahead`)
    await expectClaimsTaken({ [name]: undefined }, `no ${name}`)
    await expectClaimsTaken({ [name]: now() - 86_400 }, `an old ${name}`)
  }
  await expectClaimsRefused({ iat: now() - 1, exp: now() - 5 }, 'it ended before it began')
  await expectClaimsTaken({ exp: now() + 300 })
  await expectClaimsTaken({ exp: now() + 0.5 })
})

test('D10 the audience is one: the issuer or the token endpoint, to the letter', async () => {
  const token = `${issuer}/token`
  for (const aud of [issuer, token, [issuer], [token]]) await expectClaimsTaken({ aud }, String(aud))
  for (const aud of [
    undefined,
    null,
    '',
    [],
    {},
    1,
    true,
    [''],
    [null],
    [[issuer]],
    { 0: issuer },
    `${issuer}/`,
    `${token}/`,
    `${issuer} `,
    ` ${issuer}`,
    issuer.slice(0, -1),
    `${issuer}.evil.test`,
    `${issuer}x`,
    issuer.toUpperCase(),
    `${issuer}/authorize`,
    `${issuer}/par`,
    `${issuer}/introspect`,
    `${issuer}/revoke`,
    `${issuer}/userinfo`,
    `${issuer}?`,
    `${issuer}#`,
    issuer.replace('http:', 'https:'),
    'https://other.test',
    k1.id,
    '*',
    [issuer, token],
    [issuer, issuer],
    [issuer, 'https://other.test'],
    ['https://other.test', issuer],
    [issuer, null],
    `${issuer},${token}`,
    `${issuer} ${token}`,
  ]) {
    await expectClaimsRefused({ aud }, JSON.stringify(aud) ?? 'none')
  }
})

test('D11 issuer, subject and client_id are one client', async () => {
  for (const claims of [
    { iss: 'x' },
    { sub: 'x' },
    { iss: c1.id },
    { sub: c1.id },
    { iss: c1.id, sub: c1.id },
    { iss: p1.id, sub: p1.id },
    { iss: undefined },
    { sub: undefined },
    { iss: null },
    { sub: '' },
    { iss: '', sub: '' },
    { iss: issuer },
    { sub: world.u1.sub },
    { iss: 'nobody', sub: 'nobody' },
    { iss: [k1.id], sub: [k1.id] },
    { iss: { a: 1 } },
  ]) {
    await expectClaimsRefused(claims, JSON.stringify(claims))
  }
  for (const client_id of [c1.id, m1.id, 'nobody', `${k1.id} `, k1.id.toUpperCase()]) {
    expectNobody(await askWith(world, assertionOf(world, k1), { client_id }), client_id)
  }
  const other = await aKeyClient(world)
  expectNobody(
    await askWith(world, assertionOf(world, k1, { claims: { iss: other.id, sub: other.id } })),
    'in another’s name',
  )
})

test('D07 without a jti an assertion could not be used once, so it is not used at all', async () => {
  for (const jti of [undefined, null, '', 1, [], {}, true, 'x'.repeat(513)])
    await expectClaimsRefused({ jti }, String(jti))
  const jti = randomUUID()
  await expectClaimsTaken({ jti }, 'the same jti of two clients')
  await expectClaimsRefused({ jti, exp: now() + 61 }, 'another assertion with that jti')
})

test('D09 what JSON can say and a number cannot be is no end either', async () => {
  const written: readonly Otherwise['written'][] = [
    (json) => json.replace(/"exp":\d+/, '"exp":1e400'),
    (json) => json.replace(/"exp":\d+/, '"exp":-1e400'),
    (json) => json.replace(/"iat":\d+/, '"iat":1e400'),
    (json) => json.replace(/^\{/, '{"exp":9,').replace(/"exp":\d+\}/, '"exp":9999999999}'),
    (json) => `[${json}]`,
    (json) => `${json}x`,
    () => 'null',
    () => '',
    () => '"x"',
  ]
  for (const [at, each] of written.entries()) {
    if (!each) continue
    expectNobody(await askWith(world, assertionOf(world, k1, { written: each })), String(at))
    expectNobody(await askWith(world, macOf(world, m1, { written: each })), String(at))
  }
})
