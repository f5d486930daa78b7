import { afterEach, expect, test } from 'vitest'
import { expectJsonError } from './support/answers.ts'
import { type Call, type Failure, faultyStores } from './support/faulty-stores.ts'
import {
  clientToken,
  getCode,
  introspect,
  redeem,
  refresh,
  revoke,
  signIn,
  tokensOf,
  userInfo,
} from './support/steps.ts'
import { asTokens, claimsOf, expectAlive, expectDead } from './support/tokens.ts'
import { type Answer, theWorld } from './support/world.ts'

const faulty = faultyStores()
const world = await theWorld({ tamper: faulty.tamper })
const { c1, server } = world
afterEach(() => faulty.heal())

/** What a client must be told where a store fails: come back later, and nothing that it would act upon. */
function expectUnavailable(answer: Answer, because: string): void {
  expectJsonError(answer, 503, 'temporarily_unavailable', because)
  expect(Number(answer.headers.get('retry-after')), because).toBeGreaterThan(0)
  expect(answer.headers.get('www-authenticate'), because).toBeNull()
}

type Attempt<T> = {
  readonly prepare: () => Promise<T>
  readonly ask: (prepared: T) => Promise<Answer>
  /** What must hold after the stores are well again; `upTo` are the calls that were made, the failed one at their end. */
  readonly healed: (prepared: T, upTo: readonly Call[], because: string) => Promise<void>
}

/** Lets every call that a request makes fail once, before and after it has done its work. */
async function failEverywhere<T>({ prepare, ask, healed }: Attempt<T>): Promise<readonly Call[]> {
  const first = await prepare()
  faulty.watch()
  await ask(first)
  const steps = [...faulty.calls]
  for (const how of ['before', 'after'] as const satisfies readonly Failure[]) {
    for (const [at, step] of steps.entries()) {
      const because = `${how} ${step} (${at} of ${steps.join(' ')})`
      const prepared = await prepare()
      faulty.failAt(at, how)
      expectUnavailable(await ask(prepared), because)
      const upTo = faulty.calls.slice(0, at + 1)
      faulty.heal()
      await healed(prepared, upTo, because)
    }
  }
  world.check([503])
  return steps
}

const eventsOf = async (familyId: string | undefined, event: string) =>
  (await server.stores.audit.list({})).filter((line) => line.event === event && line.familyId === familyId)

const familyOf = (token: string) => token.split('.')[1] ?? ''

test('C16 revocation of a refresh token is claimed only when it is done, and a retry finishes it', async () => {
  const steps = await failEverywhere({
    prepare: () => signIn(world),
    ask: (tokens) => revoke(world, c1, tokens.refresh),
    async healed(tokens, _upTo, because) {
      expect((await revoke(world, c1, tokens.refresh)).status, because).toBe(200)
      await expectDead(world, tokens, because)
      const fact = await server.stores.facts.findFamily(familyOf(tokens.refresh))
      expect(fact?.endReason, because).toBe('revoked_by_client')
      expect(await eventsOf(familyOf(tokens.refresh), 'token.revoked'), because).not.toEqual([])
    },
  })
  expect(steps).toEqual(expect.arrayContaining(['facts.put', 'families.revoke', 'facts.claim', 'audit.put']))
  expect(await server.stores.facts.listPending(9)).toEqual([])
})

test('C16 revocation of an access token likewise, whatever fails', async () => {
  const isRevoked = async (jti: unknown) =>
    (await server.stores.audit.list({})).some((line) => line.event === 'token.revoked' && line.details.jti === jti)
  const steps = await failEverywhere({
    prepare: () => signIn(world),
    ask: (tokens) => revoke(world, c1, tokens.access),
    async healed(tokens, _upTo, because) {
      expect((await revoke(world, c1, tokens.access)).status, because).toBe(200)
      expect((await userInfo(world, tokens.access)).status, because).toBe(401)
      expect((await refresh(world, c1, tokens.refresh)).status, because).toBe(200)
      expect(await isRevoked(claimsOf(tokens.access).jti), because).toBe(true)
    },
  })
  expect(steps).toEqual(expect.arrayContaining(['facts.put', 'revocations.add', 'facts.claim', 'audit.put']))
})

test('C16 a refresh that meets a failing store is 503, and the same token works after it', async () => {
  const steps = await failEverywhere({
    prepare: () => signIn(world, { changes: { scope: 'openid roles' } }),
    ask: (tokens) => refresh(world, c1, tokens.refresh),
    async healed(tokens, _upTo, because) {
      const answer = await refresh(world, c1, tokens.refresh)
      expect(answer.status, because).toBe(200)
      expect(tokensOf(answer).refresh.split('.')[2], because).toBe('2')
      await expectAlive(world, asTokens(c1, tokens, answer))
    },
  })
  expect(steps).toEqual(expect.arrayContaining(['clients.find', 'families.rotate', 'revocations.has', 'users.find']))
})

test('C16 a plain refresh asks SQL for nothing but the client', async () => {
  const tokens = await signIn(world)
  faulty.watch()
  expect((await refresh(world, c1, tokens.refresh)).status).toBe(200)
  const rooms = new Set(faulty.calls.map((call) => call.split('.')[0]))
  expect([...rooms].toSorted()).toEqual(['clients', 'families', 'revocations'])
})

test('C16 a reuse whose end cannot be stored is 503, and whoever comes next finishes it', async () => {
  const steps = await failEverywhere({
    async prepare() {
      const first = await signIn(world)
      const second = asTokens(c1, first, await refresh(world, c1, first.refresh))
      return { first, third: asTokens(c1, first, await refresh(world, c1, second.refresh)) }
    },
    ask: ({ first }) => refresh(world, c1, first.refresh),
    async healed({ first, third }, upTo, because) {
      const wasSeen = upTo.includes('families.rotate') && !because.startsWith('before families.rotate')
      const next = wasSeen ? third : first
      expectJsonError(await refresh(world, c1, next.refresh), 400, 'invalid_grant', because)
      await expectDead(world, third, because)
      const fact = await server.stores.facts.findFamily(familyOf(first.refresh))
      expect(fact?.endReason, because).toBe('refresh_token_reused')
      expect(await eventsOf(familyOf(first.refresh), 'token.reused'), because).not.toEqual([])
    },
  })
  expect(steps).toEqual(expect.arrayContaining(['families.rotate', 'facts.put', 'families.revoke', 'audit.put']))
})

test('C16 a code that meets a failing store works after it, but for one that was spent: its retry ends it all', async () => {
  const steps = await failEverywhere({
    prepare: () => getCode(world),
    ask: (granted) => redeem(world, granted),
    async healed(granted, upTo, because) {
      const isSpent = upTo.includes('codes.claim') && !because.startsWith('before codes.claim')
      const answer = await redeem(world, granted)
      if (!isSpent) return expect(answer.status, because).toBe(200)
      expectJsonError(answer, 400, 'invalid_grant', because)
    },
  })
  expect(steps).toEqual(expect.arrayContaining(['codes.find', 'codes.claim', 'facts.beginFamily', 'families.begin']))
})

test('C16 a replay whose end cannot be stored is 503, and the next one finishes it', async () => {
  await failEverywhere({
    async prepare() {
      const granted = await getCode(world)
      const answer = await redeem(world, granted)
      return { granted, tokens: { ...granted, ...tokensOf(answer), answer } }
    },
    ask: ({ granted }) => redeem(world, granted),
    async healed({ granted, tokens }, _upTo, because) {
      expectJsonError(await redeem(world, granted), 400, 'invalid_grant', because)
      await expectDead(world, tokens, because)
      const fact = await server.stores.facts.findFamily(familyOf(tokens.refresh))
      expect(fact?.endReason, because).toBe('code_replayed')
    },
  })
})

test('C16 introspection and UserInfo never make up an answer', async () => {
  const opaque = (await server.clients.update(c1.id, { accessTokenFormat: 'opaque' }, 'test')) && (await signIn(world))
  await server.clients.update(c1.id, { accessTokenFormat: 'jwt' }, 'test')
  const jwt = await signIn(world)
  for (const { access, refresh: token } of [jwt, opaque]) {
    for (const ask of [
      () => userInfo(world, access),
      () => introspect(world, c1, access),
      () => introspect(world, c1, token),
    ]) {
      const steps = await failEverywhere({
        prepare: async () => undefined,
        ask,
        async healed(_nothing, _upTo, because) {
          const answer = await ask()
          expect(answer.status, because).toBe(200)
          expect(answer.json.active ?? true, because).toBe(true)
        },
      })
      expect(steps).toContain('revocations.has')
    }
  }
})

test('C16 no endpoint blames the client for a store: not the unknown one, not the wrong secret, not the dead token', async () => {
  const { c2 } = world
  const tokens = await signIn(world)
  const wrong = { ...c1, secret: 'not-the-secret' }
  faulty.fail(() => true)
  for (const answer of [
    await clientToken(world, c1),
    await clientToken(world, wrong),
    await clientToken(world, { ...c1, id: 'nobody' }),
    await refresh(world, c1, tokens.refresh),
    await refresh(world, c2, tokens.refresh),
    await refresh(world, c1, 'garbage'),
    await introspect(world, c1, 'garbage'),
    await introspect(world, wrong, tokens.access),
    await revoke(world, wrong, tokens.access),
    await revoke(world, c1, 'garbage'),
    await userInfo(world, tokens.access),
  ]) {
    expectUnavailable(answer, answer.text)
  }
  faulty.heal()
  world.check([503])
  await expectAlive(world, tokens)
})

test('C16 a consent that is withdrawn while its code is redeemed leaves no sign-in behind', async () => {
  for (const call of ['codes.claim', 'facts.beginFamily', 'families.begin']) {
    const granted = await getCode(world)
    faulty.before(call, async () => {
      await server.stores.consents.end(world.u1.sub, c1.id)
      await server.endings.familiesAt(world.u1.sub, c1.id, 'consent_withdrawn')
    })
    expectJsonError(await redeem(world, granted), 400, 'invalid_grant', call)
  }
})

test('C16 a refresh that races an end loses', async () => {
  const { users, endings } = server
  for (const end of [
    (sid: string) => endings.session(sid, 'revoked_by_operator'),
    () => users.signOut(world.u1.sub, 'test'),
    () => server.clients.endTokens(c1.id, 'test'),
    () => endings.everything('revoked_by_operator'),
  ]) {
    for (const call of ['clients.find', 'families.rotate', 'revocations.has']) {
      const tokens = await signIn(world)
      faulty.before(call, () => end(String(claimsOf(tokens.id).sid)))
      const answer = await refresh(world, c1, tokens.refresh)
      if (answer.status !== 200) expectJsonError(answer, 400, 'invalid_grant', call)
      expect(call === 'families.rotate' ? answer.status : 400, call).toBe(400)
      const left = answer.status === 200 ? asTokens(c1, tokens, answer) : tokens
      await expectDead(world, left, call)
    }
  }
})
