import { argon2id, hash } from 'argon2'
import { describe, expect, test, vi } from 'vitest'
import { guess, openForm } from './support/guesses.ts'
import { hashesOf } from './support/hashes.ts'
import { expectPagePolicy } from './support/page-policy.ts'
import { theWorld } from './support/world.ts'

// Hundreds of hashes: minutes on a machine that is busy otherwise.
vi.setConfig({ testTimeout: 120_000 })

const world = await theWorld({
  flags: { 'throttle.perAddress': '100000', 'throttle.perPair': '1000' },
})
const { server } = world
let next = 0

/** A new person with this password. */
async function personWith(password: string): Promise<string> {
  const username = `person-${++next}`
  world.keepSecret(password.length > 6 ? password : undefined)
  await server.users.create({ username }, password, 'test')
  return username
}

async function statusOf(username: string, password: string): Promise<number> {
  return (await guess(world, await openForm(world), { username, password })).status
}

const text = (bytes: number) => 'Correct horse battery staple, '.repeat(40).slice(0, bytes)

describe('F09 long passwords', () => {
  test.each([8, 63, 64, 71, 72, 73, 128, 255, 256, 1023, 1024])('F09 %i bytes are taken whole', async (bytes) => {
    const password = text(bytes)
    const username = await personWith(password)
    expect(await statusOf(username, password)).toBe(303)
    for (const other of [
      password.slice(0, -1),
      `${password.slice(0, -1)}X`,
      `${password} `,
      password.slice(0, 72),
      password.slice(0, 64),
    ]) {
      if (other !== password) expect(await statusOf(username, other), `${other.length}`).toBe(400)
    }
  })

  test('F09 1025 bytes and more are refused before they are hashed, for whoever asks', async () => {
    const username = await personWith(text(1024))
    const before = await hashesOf(server)
    for (const password of [text(1025), 'x'.repeat(60_000), 'é'.repeat(513), '😀'.repeat(257), 'e\u0301'.repeat(600)]) {
      const answers = [username, 'nobody'].map(async (name) =>
        guess(world, await openForm(world), { username: name, password }),
      )
      for (const { status, text: page } of await Promise.all(answers)) {
        expect(status).toBe(400)
        expect(page).toContain('longer than any we accept')
        expect(page).not.toContain(password.slice(0, 30))
      }
    }
    expect((await hashesOf(server)) - before).toBe(0)
    await expect(server.users.create({ username: 'long' }, text(1025), 'test')).rejects.toThrow()
    await expect(server.users.create({ username: 'long' }, 'é'.repeat(513), 'test')).rejects.toThrow()
  })

  test('F09 ten megabytes are not read', async () => {
    const open = await openForm(world)
    const url = new URL(open.form.action)
    const body = `username=x&password=${'x'.repeat(10 * 1024 * 1024)}`
    const headers = { cookie: open.cookie, 'content-type': 'application/x-www-form-urlencoded' }
    const before = await hashesOf(server)
    const answer = await world.send(url, { method: 'POST', headers, body })
    expect(answer.status).toBe(413)
    expectPagePolicy(answer, "'self'")
    expect((await hashesOf(server)) - before).toBe(0)
  })
})

describe('F09 odd passwords', () => {
  const odd = {
    'a NUL in the middle': ['before\0after', ['before', 'before\0', 'before\0other', 'beforeafter']],
    'a NUL at its start': ['\0password-x', ['', '\0', 'password-x', '\0password-y']],
    'a NUL at its end': ['password-x\0', ['password-x', 'password-x\0\0']],
    emoji: ['😀👩‍👩‍👧‍👦🏳️‍🌈🎉🎊🎈🎁🎂', ['😀👩👩👧👦🏳️‍🌈🎉🎊🎈🎁🎂', '????????', '😀']],
    'blanks around it': ['  two blanks  ', ['two blanks', ' two blanks ', '  two blanks']],
    'a + and a %': ['a+b%2Bc&d=e;f', ['a b%2Bc&d=e;f', 'a+b+c&d=e;f', 'a+b%2Bc']],
    'control characters': ['line\r\nline\ttab\x1b[0m', ['line\nline\ttab\x1b[0m', 'lineline']],
    'other letters': ['пароль-密码-كلمة', ['пароль-密码', 'parol-密码-كلمة']],
    'letters that look alike': ['pаsswоrd-Ⅳ', ['password-Ⅳ', 'pаsswоrd-IV']],
    'wide letters': ['ｗｉｄｅ－ｌｅｔｔｅｒｓ', ['wide-letters', 'ｗｉｄｅ－ｌｅｔｔｅｒ']],
    'its own hash': ['$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', ['$argon2id$v=19$m=19456,t=2,p=1$c2FsdA']],
    case: ['CaseMatters-x', ['casematters-x', 'CASEMATTERS-X']],
  } as const satisfies Record<string, readonly [string, readonly string[]]>

  test.each(Object.entries(odd))('F09 %s', async (_what, [password, others]) => {
    const username = await personWith(password)
    expect(await statusOf(username, password)).toBe(303)
    for (const other of others) expect(await statusOf(username, other), JSON.stringify(other)).toBe(400)
  })

  test('F09 the same letters composed otherwise are the same password, both ways', async () => {
    for (const password of ['Ångström-café', 'Ḋṩ-naïve-ﬁn', '각-한글-암호-x', 'e\u0323\u0302-ệ-order']) {
      const [composed, apart] = [password.normalize('NFC'), password.normalize('NFD')]
      expect(composed).not.toBe(apart)
      for (const [made, typed] of [
        [composed, apart],
        [apart, composed],
      ] as const) {
        const username = await personWith(made)
        expect(await statusOf(username, typed)).toBe(303)
      }
    }
    expect(await statusOf(await personWith('Ångström-café'), 'Angstrom-cafe')).toBe(400)
    const folded = await personWith('ﬁne-ligature')
    expect(await statusOf(folded, 'fine-ligature')).toBe(400)
  })

  test('F09 a form that names it twice, or not at all, signs nobody in', async () => {
    const password = 'canary-of-the-twins'
    const username = await personWith(password)
    const before = await hashesOf(server)
    for (const extra of [`&password=${password}`, '&username=other', '&password=']) {
      const { form, cookie } = await openForm(world)
      const body = `${new URLSearchParams({ ...Object.fromEntries(form.fields), username, password, action: 'login' })}${extra}`
      const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded' }
      const answer = await world.send(form.action, { method: 'POST', headers, body })
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([400, []])
    }
    for (const empty of ['', '\u0000'.repeat(0)]) expect(await statusOf(username, empty)).toBe(400)
    expect((await hashesOf(server)) - before).toBe(0)
  })
})

test('F09 an old hash is brought up to date by the sign-in, and only by the right password', async () => {
  const password = 'canary-of-the-old-hash'
  const username = await personWith(password)
  const find = async () => (await server.stores.users.findByName(username)) ?? { passwordHash: '', sub: '' }
  const user = await find()
  if (!('revision' in user)) throw new Error('nobody')
  const passwordHash = await hash(password, { type: argon2id, memoryCost: 8192, timeCost: 1, parallelism: 1 })
  await server.stores.users.put({ ...user, passwordHash })
  expect(await statusOf(username, `${password}x`)).toBe(400)
  expect((await find()).passwordHash).toBe(passwordHash)
  expect(await statusOf(username, password)).toBe(303)
  expect((await find()).passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,p=1,t=2\$/)
  expect(await statusOf(username, password)).toBe(303)
})
