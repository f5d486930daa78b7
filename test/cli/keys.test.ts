import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aMachine, keysSecret, type Machine, type Shape } from './machine.ts'

let machine: Machine
beforeAll(async () => {
  machine = await aMachine()
})
afterAll(() => machine.remove())

test('the first rotation makes the ring; the next key waits until every verifier can know it', async () => {
  expect(await machine.json(['keys', 'list'])).toEqual([])
  const first = await machine.json(['keys', 'rotate'])
  expect(first).toEqual({ kid: expect.any(String), alg: 'ES256', signsFrom: expect.any(String) })
  const second = await machine.json(['keys', 'rotate', '--alg', 'ES256'])
  expect(new Date(String(second.signsFrom)).getTime() - Date.now()).toBeGreaterThan(15 * 60_000)
  const list = await machine.json<Shape[]>(['keys', 'list'])
  expect(list.map(({ alg, use, state }) => `${alg} ${use} ${state}`)).toEqual([
    'ES256 sig active',
    'ES256 sig next',
    'RS256 sig active',
    'HS256 mac active',
  ])
  expect(list[0]).toEqual({
    kid: first.kid,
    alg: 'ES256',
    use: 'sig',
    signsFrom: first.signsFrom,
    leavesAt: expect.any(String),
    state: 'active',
  })
})

test('J16: every file and folder is its owner’s alone', () => {
  for (const folder of ['data', 'keys']) {
    const path = join(machine.folder, folder)
    expect(statSync(path).mode & 0o077, folder).toBe(0)
    for (const name of readdirSync(path)) expect(statSync(join(path, name)).mode & 0o077, name).toBe(0)
  }
})

test('J03: no private part is printed or lies open', async () => {
  const { out } = await machine.signet(['keys', 'list', '--json'])
  const path = join(machine.folder, 'keys')
  const files = readdirSync(path).map((name) => readFileSync(join(path, name), 'utf8'))
  for (const text of [out, ...files]) expect(text).not.toMatch(/"(d|p|q|dp|dq|qi|k)":/)
})

test('a key is not sealed under a secret that does not open the others', async () => {
  const other = 'Zz9yXw8vUt7sRq6pOn5mLk4jIh3gFe2d'
  const { code, err } = await machine.signet(['keys', 'rotate'], { env: { SIGNET_KEYS_SECRET: other } })
  expect(code).toBe(5)
  expect(err).toContain('could not be opened')
  expect(err).not.toContain(other)
  const without = await machine.signet(['keys', 'rotate'], { env: { SIGNET_KEYS_SECRET: '' } })
  expect([without.code, without.err]).toEqual([5, expect.stringContaining('keys.secret is not set')])
  expect((await machine.signet(['keys', 'list'], { env: { SIGNET_KEYS_SECRET: '', SIGNET_ISSUER: 'bad' } })).code).toBe(
    0,
  )
})

test('an own key is imported; a public or weak one is refused', async () => {
  const file = join(machine.folder, 'own.pem')
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
  expect(await machine.json(['keys', 'import', file])).toMatchObject({ alg: 'EdDSA' })
  expect((await machine.signet(['keys', 'import', file])).code).toBe(4)
  const pem = String(publicKey.export({ type: 'spki', format: 'pem' }))
  expect((await machine.signet(['keys', 'import', '-'], { input: pem })).code).toBe(7)
  chmodSync(file, 0o644)
  const { err } = await machine.signet(['keys', 'import', file, '--dry-run'])
  expect(err).toContain(`Run: chmod 600 ${file}`)
})

test('a compromised key leaves with a word, and another signs', async () => {
  const [active] = await machine.json<Shape[]>(['keys', 'list'])
  const kid = String(active?.kid)
  const asked = await machine.signet(['keys', 'retire', kid, '--compromised'])
  expect([asked.code, asked.err]).toEqual([2, expect.stringContaining('Every token that it signed is void')])
  const retired = await machine.json(['keys', 'retire', kid, '--compromised', '--yes'])
  expect(retired).toMatchObject({ kid, compromised: true, successor: { alg: 'ES256' } })
  const list = await machine.json<Shape[]>(['keys', 'list'])
  expect(list.find((key) => key.kid === kid)?.state).toBe('compromised')
  expect((await machine.signet(['keys', 'retire', 'nobody'])).code).toBe(3)
})

test('reseal: afterwards the new secret opens the ring and the old one does not', async () => {
  const next = 'Nw3pQx8rTv5yBz1cDf6gHj9kLm2nPs4t'
  const weak = await machine.signet(['keys', 'reseal', '--new-secret-stdin', '--yes'], { input: 'weak' })
  expect(weak.code).toBe(5)
  expect(await machine.json(['keys', 'reseal', '--new-secret-stdin', '--yes'], { input: `${next}\n` })).toEqual({
    resealed: expect.any(Number),
  })
  expect((await machine.signet(['keys', 'rotate'])).code).toBe(5)
  expect((await machine.signet(['keys', 'rotate'], { env: { SIGNET_KEYS_SECRET: next } })).code).toBe(0)
  const events = await machine.json<Shape[]>(['audit', 'list'])
  expect(events.map(({ event }) => event)).toEqual(
    expect.arrayContaining(['key.created', 'key.imported', 'key.compromised', 'key.resealed']),
  )
  expect(JSON.stringify(events)).not.toMatch(new RegExp(`${next}|${keysSecret.slice(0, 10)}`))
})
