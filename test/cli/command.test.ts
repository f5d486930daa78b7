import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aMachine, type Machine, type Shape } from './machine.ts'

let machine: Machine
beforeAll(async () => {
  machine = await aMachine({ migrate: false })
})
afterAll(() => machine.remove())

const migrations = readdirSync(new URL('../../prisma/sqlite/migrations', import.meta.url))
  .filter((name) => /^\d{14}_/.test(name))
  .sort()

describe('before there is a database', () => {
  test('a command says what to run, and makes nothing', async () => {
    const expected = { code: 6, out: '', err: 'signet: The database is empty.\nRun: signet db migrate\n' }
    expect(await machine.signet(['clients', 'list'])).toEqual(expected)
    expect(await machine.json(['db', 'status'])).toMatchObject({ applied: [], pending: migrations })
    const { would } = await machine.json<{ would: Shape[] }>(['db', 'migrate', '--dry-run'])
    expect(would[0]?.sql).toContain('CREATE TABLE')
    expect(await machine.signet(['users', 'list'])).toEqual(expected)
  })

  test('migrating does it once', async () => {
    expect(await machine.json(['db', 'migrate'])).toEqual({ applied: migrations })
    expect(await machine.json(['db', 'migrate'])).toEqual({ applied: [] })
    expect(await machine.json(['db', 'status'])).toMatchObject({ pending: [] })
  })
})

describe('help', () => {
  test('begins with examples and ends with exit codes', async () => {
    const { code, out } = await machine.signet(['--help'])
    expect(code).toBe(0)
    expect(out).toMatch(/^Examples:\n {2}signet dev\n/)
    for (const noun of [
      'keys',
      'apis',
      'clients',
      'users',
      'consents',
      'audit',
      'sessions',
      'tokens',
      'db',
      'config',
      'doctor',
    ]) {
      expect(out).toMatch(new RegExp(`^ {2}${noun} `, 'm'))
    }
    expect(out).toContain('7 refused by policy')
  })

  test('of a verb names its flags', async () => {
    const { out } = await machine.signet(['clients', 'create', '--help'])
    expect(out).toMatch(/^Examples:\n {2}signet clients create --name/)
    for (const flag of ['--redirect-uri', '--public', '--secret-stdin', '--dry-run', '--access-token-alg', '--json']) {
      expect(out).toContain(flag)
    }
  })
})

test.each([
  [['clints', 'list'], '(Did you mean clients?)'],
  [['clients', 'creat'], '(Did you mean create?)'],
  [['clients', 'list', '--jsn'], '(Did you mean --json?)'],
  [['clients', 'create'], "required option '--name <name>' not specified"],
  [['clients', 'rotate-secret', 'x', '--overlap', '5'], 'Write a number with its unit'],
  [['keys', 'rotate', '--alg', 'none'], 'Allowed choices are'],
])('signet %s is a mistake of usage', async (args, hint) => {
  const { code, out, err } = await machine.signet(args)
  expect([code, out]).toEqual([2, ''])
  expect(err).toContain(hint)
})

describe('settings', () => {
  test('check says what is wrong and exits with 5; with --json as data', async () => {
    const env = { SIGNET_PORT: 'abc', SIGNET_ISSUER: 'https://id.example.com/' }
    const { code, out, err } = await machine.signet(['config', 'check'], { env })
    expect([code, out]).toEqual([5, ''])
    expect(err).toBe(
      [
        'signet: 2 settings are wrong.',
        '  issuer (SIGNET_ISSUER): "https://id.example.com/" ends with a slash.\n    Write https://id.example.com.',
        '  listen.port (SIGNET_PORT): "abc" is not a whole number.\n    Write a whole number from 0 to 65535.\n',
      ].join('\n\n'),
    )
    const json = await machine.signet(['config', 'check', '--json'], { env })
    expect([json.code, JSON.parse(json.out).findings]).toEqual([
      5,
      expect.arrayContaining([expect.objectContaining({ setting: 'issuer' })]),
    ])
    expect(await machine.json(['config', 'check'], { env: { SIGNET_ISSUER: 'https://id.example.com' } })).toMatchObject(
      { ok: true },
    )
  })

  test('`serve` does not start with a wrong setting', async () => {
    const { code, err } = await machine.signet(['serve', '--issuer', 'http://id.example.com'])
    expect([code, err]).toEqual([
      5,
      expect.stringContaining('issuer (the command line): "http://id.example.com" is not https.'),
    ])
  })

  test('print hides secrets and says where each value comes from', async () => {
    const env = { DATABASE_URL: 'file:other.db', REDIS_URL: 'redis://:canary@127.0.0.1:1' }
    const { out, code } = await machine.signet(['config', 'print', '--json', '--set', 'pages.name=Example'], { env })
    const printed: Shape[] = JSON.parse(out)
    expect(code).toBe(0)
    expect(printed).toContainEqual({ name: 'pages.name', value: 'Example', source: 'the command line' })
    expect(printed).toContainEqual({ name: 'redis.url', value: 'redis://:(hidden)@127.0.0.1:1', source: 'REDIS_URL' })
    expect(printed).toContainEqual({ name: 'keys.secret', value: '(hidden)', source: 'SIGNET_KEYS_SECRET' })
    expect(out).not.toContain('canary')
  })

  test('a Redis or database that does not answer is unavailable, without its password', async () => {
    const env = { REDIS_URL: 'redis://:canary@127.0.0.1:1' }
    const { code, err } = await machine.signet(['clients', 'list'], { env })
    expect([code, err]).toEqual([6, expect.stringContaining('127.0.0.1:1')])
    expect(err).not.toContain('canary')
    const sql = await machine.signet(['clients', 'list'], {
      env: { DATABASE_URL: 'postgresql://a:canary@127.0.0.1:1/x' },
    })
    expect(sql.code).toBe(6)
    expect(sql.err).not.toContain('canary')
  })
})

test.each(['bash', 'zsh', 'fish'])('a completion script for %s', async (shell) => {
  const { code, out } = await machine.signet(['completion', shell])
  expect([code, out]).toEqual([0, expect.stringContaining('signet')])
})

test('completion knows the verbs', async () => {
  const { out } = await machine.signet(['complete', '--', 'keys', ''])
  for (const name of ['list', 'rotate', 'retire', 'import', 'reseal'])
    expect(out).toMatch(new RegExp(`^${name}\t`, 'm'))
})
