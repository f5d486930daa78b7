import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aMachine, type Machine, type Shape } from './machine.ts'

let machine: Machine
beforeAll(async () => {
  machine = await aMachine()
})
afterAll(() => machine.remove())

const create = ['users', 'create', '--password-stdin']
const password = 'a quiet river at dusk'

function claimsFile(claims: unknown): string {
  const path = join(machine.folder, 'claims.json')
  writeFileSync(path, JSON.stringify(claims))
  return path
}

describe('a person, from birth to end', () => {
  test('create takes the password from stdin and shows neither it nor its hash', async () => {
    const claims = claimsFile({ name: 'Ada Lovelace', roles: ['admin'], department: 'engines' })
    const flags = ['--username', 'Ada', '--email', 'ada@example.com', '--email-verified', '--claims-file', claims]
    const { code, out, err } = await machine.signet([...create, ...flags, '--json'], { input: `${password}\n` })
    expect([code, err]).toEqual([0, ''])
    expect(JSON.parse(out)).toMatchObject({
      sub: expect.stringMatching(/^usr_[A-Za-z0-9_-]{22}$/),
      username: 'Ada',
      email: 'ada@example.com',
      email_verified: true,
      claims: { name: 'Ada Lovelace', roles: ['admin'], department: 'engines' },
      has_password: true,
      enabled: true,
    })
    expect(out).not.toMatch(/argon2|quiet river/)
  })

  test('a name is taken in every spelling, and a verified address too', async () => {
    expect((await machine.signet([...create, '--username', ' aDA '], { input: password })).code).toBe(4)
    expect((await machine.signet([...create, '--username', 'ADA@example.com'], { input: password })).code).toBe(4)
  })

  test('show finds the person by name, address or subject', async () => {
    const { sub } = await machine.json(['users', 'show', 'ada'])
    expect(await machine.json(['users', 'show', 'ada@example.com'])).toMatchObject({ sub })
    expect(await machine.json(['users', 'show', String(sub)])).toMatchObject({ username: 'Ada' })
  })

  test('a new address is not verified', async () => {
    const changed = await machine.json(['users', 'update', 'ada', '--email', 'countess@example.com'])
    expect(changed).toMatchObject({
      email: 'countess@example.com',
      email_verified: false,
      claims: { department: 'engines' },
    })
  })

  test('set-password, disable, enable, delete; then the person is not found', async () => {
    const set = await machine.json(['users', 'set-password', 'ada', '--password-stdin'], {
      input: 'another quiet river',
    })
    expect(set).toMatchObject({ username: 'Ada', password_set: true })
    expect(await machine.json(['users', 'disable', 'ada', '--yes'])).toMatchObject({ enabled: false })
    expect(await machine.json(['users', 'enable', 'ada'])).toMatchObject({ enabled: true })
    expect(await machine.json(['users', 'delete', 'ada', '--yes'])).toMatchObject({ username: 'Ada', deleted: true })
    expect((await machine.signet(['users', 'show', 'ada'])).code).toBe(3)
  })

  test('what happened is in the trail, without a password', async () => {
    const events = await machine.json<Shape[]>(['audit', 'list'])
    expect(events.map(({ event }) => event)).toEqual([
      'user.created',
      'user.updated',
      'user.password_changed',
      'user.disabled',
      'user.enabled',
      'user.deleted',
    ])
    expect(JSON.stringify(events)).not.toContain('quiet river')
  })
})

test('without stdin or a terminal, no password can be asked for', async () => {
  expect(await machine.signet(['users', 'create', '--username', 'bob'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('Pipe it in and add --password-stdin.'),
  })
})

test.each([
  ['short', 'it has fewer than 8 characters'],
  ['Password123', 'it is one of the most common passwords'],
  ['bobby@example.com', 'it is the name of the person'],
  ['a'.repeat(1025), 'it is longer than 1024 bytes'],
])('the password %.20s will not do, and is not repeated', async (weak, reason) => {
  const args = [...create, '--username', 'bobby', '--email', 'bobby@example.com']
  const { code, err } = await machine.signet(args, { input: weak })
  expect(code).toBe(7)
  expect(err).toBe(`signet: The password will not do: ${reason}.\n`)
})

test('claims that the protocol owns, or of the wrong type, are refused by name', async () => {
  const claims = claimsFile({
    sub: 'root',
    aud: 'x',
    at_hash: 'x',
    roles: 'admin',
    email_verified: true,
    birthdate: 'soon',
  })
  const { code, err } = await machine.signet([
    'users',
    'create',
    '--username',
    'eve',
    '--no-password',
    '--claims-file',
    claims,
  ])
  expect(code).toBe(2)
  for (const name of ['sub', 'aud', 'at_hash']) expect(err).toContain(`The claim ${name} belongs to the protocol.`)
  expect(err).toContain('The claim roles must be a flat list of texts.')
  expect(err).toContain('The claim email_verified is not a free claim')
  expect(err).toContain('The claim birthdate must be YYYY-MM-DD or YYYY.')
})
