import { expect, test } from 'vitest'
import { secretsOf } from '#core/clients/client-secret.ts'
import { later } from '#core/clock.ts'
import { expectJsonError } from './support/answers.ts'
import { basic, clientToken, introspect, parameters, refresh, revoke, signIn, tokensOf } from './support/steps.ts'
import { encode, expectAlive } from './support/tokens.ts'
import { type Answer, aWorld, type KnownClient, theWorld } from './support/world.ts'

const world = await theWorld()
const { c1, c2, p1, rs1, issuer, server } = world
const ours = { grant_type: 'client_credentials', scope: rs1.scope }

type Sent = { readonly authorization?: string; readonly fields?: Parameters<typeof parameters>[1] }

/** Asks for a client's own token with just this to prove who asks. */
function ask({ authorization, fields = {} }: Sent): Promise<Answer> {
  const headers = authorization === undefined ? {} : { authorization }
  return world.send('/token', { method: 'POST', headers, body: parameters(ours, fields) })
}

/** RFC 6749 §5.2: 401, and the scheme where the client came by header; nothing that depends on the secret. */
function expectNobody(answer: Answer, because: string): void {
  expectJsonError(answer, 401, 'invalid_client', because)
  expect(answer.headers.get('www-authenticate'), because).toBe(`Basic realm="${issuer}", charset="UTF-8"`)
}

const assertion = { client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' }
const jwt = `${encode({ alg: 'none' })}.${encode({ iss: c1.id, sub: c1.id, aud: issuer, exp: 9_999_999_999 })}.`

test('an honest client is served, so that what fails below fails for its own reason', async () => {
  expect((await ask({ authorization: basic(c1.id, c1.secret) })).status).toBe(200)
  expect((await ask({ fields: { client_id: c2.id, client_secret: c2.secret } })).status).toBe(200)
})

test('D03 a client proves itself in one way: two are refused, even where both are right', async () => {
  const authorization = basic(c1.id, c1.secret)
  for (const fields of [
    { client_id: c1.id, client_secret: c1.secret },
    { client_secret: c1.secret },
    { client_secret: 'wrong' },
    { client_id: c2.id, client_secret: c2.secret },
    { client_id: c2.id },
    { client_id: [c1.id, c1.id] },
    { client_secret: ['a', 'b'] },
  ]) {
    expectJsonError(await ask({ authorization, fields }), 400, 'invalid_request', JSON.stringify(Object.keys(fields)))
  }
})

test('D03 an assertion, unsigned or not, beside a right secret proves nothing', async () => {
  for (const sent of [
    { fields: { ...assertion, client_assertion: jwt } },
    { fields: { ...assertion, client_assertion: jwt, client_id: c1.id } },
    { fields: { ...assertion, client_assertion: jwt, client_id: c2.id, client_secret: c2.secret } },
    { authorization: basic(c1.id, c1.secret), fields: { ...assertion, client_assertion: jwt } },
    { authorization: basic(c1.id, c1.secret), fields: { client_assertion: jwt } },
    { authorization: basic(c1.id, c1.secret), fields: assertion },
  ]) {
    expectNobody(await ask(sent), JSON.stringify(sent))
  }
})

test('D12 each client has one method; no request can choose another, weaker or not', async () => {
  for (const [what, sent] of Object.entries<Sent>({
    'basic client by form': { fields: { client_id: c1.id, client_secret: c1.secret } },
    'basic client by name alone': { fields: { client_id: c1.id } },
    'basic client with an empty secret': { fields: { client_id: c1.id, client_secret: '' } },
    'form client by header': { authorization: basic(c2.id, c2.secret) },
    'form client by name alone': { fields: { client_id: c2.id } },
    'public client with a secret': { fields: { client_id: p1.id, client_secret: 'anything' } },
    'public client by header': { authorization: basic(p1.id, '') },
    'public client by header with a secret': { authorization: basic(p1.id, 'anything') },
    'nobody at all': {},
    'an unknown client': { authorization: basic('nobody', 'anything') },
    'a bearer token': { authorization: 'Bearer abc' },
    'another scheme': { authorization: `Digest ${btoa(`${c1.id}:${c1.secret}`)}` },
    'an unreadable header': { authorization: 'Basic ****' },
    'no colon': { authorization: `Basic ${btoa(c1.id)}` },
    'no name': { authorization: `Basic ${btoa(`:${c1.secret}`)}` },
    'certificate headers': { fields: { client_id: c1.id, tls_client_auth: '1' } },
  })) {
    expectNobody(await ask(sent), what)
  }
})

test('D12 a public client cannot act for itself', async () => {
  const answer = await ask({ fields: { client_id: p1.id } })
  expectJsonError(answer, 400, 'unauthorized_client')
})

test('D12 what the method is changed to holds at once', async () => {
  const own = await aWorld()
  await own.server.clients.update(own.c1.id, { authenticationMethod: 'client_secret_post' }, 'test')
  const changes = { scope: own.rs1.scope }
  expectJsonError(await clientToken(own, own.c1, changes), 401, 'invalid_client')
  expect((await clientToken(own, { ...own.c1, method: 'client_secret_post' }, changes)).status).toBe(200)
  own.check()
  await own.close()
})

test('D15 near misses are misses: a byte more, less, other, another case, blanks, NUL, an older spelling', async () => {
  const { secret } = c1
  const swapped = secret.replace(/[a-z]/, (letter) => letter.toUpperCase())
  for (const wrong of [
    `${secret}x`,
    secret.slice(0, -1),
    `x${secret}`,
    swapped,
    ` ${secret}`,
    `${secret} `,
    `${secret}\n`,
    `${secret}\u0000`,
    encodeURIComponent(encodeURIComponent(`${secret}%`)),
    secret.repeat(2),
    c2.secret,
    '',
    'undefined',
    'null',
    'x'.repeat(5000),
  ]) {
    expectNobody(await ask({ authorization: basic(c1.id, wrong) }), JSON.stringify(wrong.slice(0, 50)))
  }
})

test('D15 the digest that is stored does not open anything, and no miss says more than another', async () => {
  const client = await server.stores.clients.find(c2.id)
  const hashes = client && secretsOf(client.authentication).map(({ hash }) => hash)
  expect(hashes).toHaveLength(1)
  const said = new Set<string>()
  for (const client_secret of [...(hashes ?? []), 'wrong', `${c2.secret}x`]) {
    const answer = await ask({ fields: { client_id: c2.id, client_secret } })
    expectNobody(answer, client_secret)
    said.add(answer.text)
  }
  said.add((await ask({ fields: { client_id: 'nobody', client_secret: 'wrong' } })).text)
  await server.clients.disable(c2.id, 'test')
  said.add((await ask({ fields: { client_id: c2.id, client_secret: c2.secret } })).text)
  await server.clients.enable(c2.id, 'test')
  expect([...said]).toEqual([
    JSON.stringify({ error: 'invalid_client', error_description: 'client authentication failed' }),
  ])
})

test('D15 guessing is slowed down, per client; the right secret passes all the while', {
  timeout: 60_000,
}, async () => {
  const own = await aWorld({ flags: { 'throttle.perClient': '20' } })
  const guess = (client: KnownClient, at: number) => {
    const wrong = { ...client, secret: `guess-${at}` }
    const ways = [() => clientToken(own, wrong), () => introspect(own, wrong, 'x'), () => revoke(own, wrong, 'x')]
    return ways[at % 3]?.() ?? clientToken(own, wrong)
  }
  const answers: Answer[] = []
  for (let at = 0; at < 1000; at += 50) {
    answers.push(...(await Promise.all(Array.from({ length: 50 }, (_, n) => guess(own.c1, at + n)))))
  }
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(20)
  const slowed = answers.filter(({ status }) => status === 429)
  expect(slowed).toHaveLength(980)
  for (const answer of slowed) {
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(answer.json.error).toBe('temporarily_unavailable')
  }
  const tokens = await signIn(own)
  await expectAlive(own, tokens)
  expect((await guess(own.c2, 0)).status).toBe(401)
  expect((await clientToken(own, own.c2, { scope: own.rs1.scope })).status).toBe(200)
  own.server.clock.move(15 * 60 + 1)
  expect((await guess(own.c1, 0)).status).toBe(401)
  own.check()
  await own.close()
})

test('D15 unknown clients are slowed down as well, by name', async () => {
  const own = await aWorld({ flags: { 'throttle.perClient': '5' } })
  const nobody = { ...own.c1, id: 'nobody' }
  const statuses: number[] = []
  for (let at = 0; at < 7; at++) statuses.push((await clientToken(own, nobody)).status)
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429])
  own.check()
  await own.close()
})

test('D16 two secrets side by side: the old one until the overlap is over, then no more', async () => {
  const own = await aWorld()
  const { secret = '' } = await own.server.clients.rotateSecret(own.c1.id, { overlap: 3600 }, 'test')
  own.keepSecret(secret)
  const changes = { scope: own.rs1.scope }
  const renewed = { ...own.c1, secret }
  for (const client of [own.c1, renewed]) expect((await clientToken(own, client, changes)).status).toBe(200)
  own.server.clock.move(3600)
  expectJsonError(await clientToken(own, own.c1, changes), 401, 'invalid_client')
  expect((await clientToken(own, renewed, changes)).status).toBe(200)
  own.check()
  await own.close()
})

test('D16 a secret is shown once: neither records, trail nor answers hold it, or anything it could be made from', async () => {
  const { client, secret = '' } = await server.clients.create(
    { name: 'Once', grantTypes: ['client_credentials'] },
    'test',
  )
  world.keepSecret(secret)
  expect(secret).toMatch(/^sec_[\w-]{43}$/)
  const { overlap, again } = {
    overlap: 60,
    again: await server.clients.rotateSecret(client.id, { overlap: 60 }, 'test'),
  }
  expect(overlap).toBe(60)
  const { records: found } = await server.stores.clients.listPage('', 100)
  const trail = await server.stores.audit.list({})
  const told = JSON.stringify([client, again.client, found, trail, await server.clients.planUpdate(client.id, {})])
  for (const each of [secret, again.secret ?? '', c1.secret, c2.secret]) {
    expect(told).not.toContain(each)
    expect(told).not.toContain(each.slice(4))
    expect(told).not.toContain(Buffer.from(each).toString('base64'))
    expect(told).not.toContain(Buffer.from(each).toString('hex'))
  }
  const late = found.find(({ id }) => id === client.id)
  if (!late) throw new Error('it is there')
  expect(secretsOf(late.authentication).at(-1)?.expiresAt?.getTime()).toBeLessThanOrEqual(
    later(server.clock.now(), 60).getTime(),
  )
})

test('D16 secrets that an operator brings are refused where they could be guessed', async () => {
  const weak = ['password', 'x'.repeat(64), 'correct horse battery', '12345678901234567890', 'short', 'ä'.repeat(40)]
  for (const secret of weak) {
    await expect(
      server.clients.create({ name: 'Weak', secret, grantTypes: ['client_credentials'] }, 'test'),
    ).rejects.toThrow()
    await expect(server.clients.rotateSecret(c1.id, { overlap: 0, secret }, 'test')).rejects.toThrow()
  }
  expect((await ask({ authorization: basic(c1.id, c1.secret) })).status).toBe(200)
})

test('D12 a refresh asks for the same proof as the sign-in did', async () => {
  for (const client of [c1, c2]) {
    const tokens = await signIn(world, { client })
    for (const as of [{ ...client, method: 'none', secret: '' } as const, { ...client, secret: 'wrong' }]) {
      expectJsonError(await refresh(world, as, tokens.refresh, { client_id: client.id }), 401, 'invalid_client')
    }
    expect(tokensOf(await refresh(world, client, tokens.refresh)).refresh).not.toBe('')
  }
})
