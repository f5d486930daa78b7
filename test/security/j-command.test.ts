import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aMachine, ended, keysSecret, type Machine } from '#test/cli/machine.ts'

let machine: Machine
beforeAll(async () => {
  machine = await aMachine()
})
afterAll(() => machine.remove())

const canary = 'canary-of-the-command-7f3a'

test.for<[string, readonly string[]]>([
  ['a password', ['users', 'create', '--username', 'eve', '--password', canary]],
  ['a password with =', ['users', 'create', '--username', 'eve', `--password=${canary}`]],
  ['a password as a word', ['users', 'create', '--username', 'eve', '--password-stdin', canary]],
  ['a client secret', ['clients', 'create', '--name', 'eve', '--grant', 'client_credentials', '--secret', canary]],
  ['a client secret as a word', ['clients', 'rotate-secret', 'eve', canary]],
  ['the secret of the keys', ['keys', 'reseal', '--new-secret', canary]],
])('J16 %s is not taken from the arguments, nor said again', async ([, args]) => {
  const { code, out, err } = await machine.signet(args, { input: '' })
  expect(code).toBe(2)
  expect(out + err).not.toContain(canary)
  expect(await machine.json(['users', 'list'])).toEqual([])
  expect(await machine.json(['clients', 'list'])).toEqual([])
})

test('J16 while a secret is read, nobody can see it in the list of processes', async () => {
  const child = machine.begin(['users', 'create', '--username', 'ada', '--password-stdin', '--json'], {
    input: `${canary}-1`,
  })
  const seen = new Set<string>()
  const timer = setInterval(() => {
    try {
      seen.add(readFileSync(`/proc/${child.pid}/cmdline`, 'utf8'))
    } catch {}
  }, 10)
  const { code, out, err } = await ended(child)
  clearInterval(timer)
  expect({ code, err }).toMatchObject({ code: 0 })
  expect(seen.size).toBeGreaterThan(0)
  expect([...seen].join('')).not.toContain(canary)
  expect([...seen].join('')).not.toContain(keysSecret)
  expect(out + err).not.toContain(canary)
})

test('J16 every file that the command makes is for its owner alone', async () => {
  await machine.json(['keys', 'rotate'])
  const files = readdirSync(machine.folder, { recursive: true, encoding: 'utf8' }).map((name) =>
    join(machine.folder, name),
  )
  expect(files.some((file) => file.endsWith('.jwe'))).toBe(true)
  expect(files.some((file) => file.endsWith('.db'))).toBe(true)
  for (const file of files.filter((name) => statSync(name).isDirectory() || /\.(jwe|json)$/.test(name))) {
    expect(statSync(file).mode & 0o077, file).toBe(0)
  }
})

test('J03 no listing or setting that is printed holds a private key or a secret', async () => {
  for (const args of [
    ['keys', 'list'],
    ['config', 'print'],
    ['config', 'schema'],
    ['clients', 'list'],
    ['users', 'list'],
    ['audit', 'list'],
    ['db', 'status'],
  ]) {
    for (const more of [[], ['--json']]) {
      // Only printed: a command that asked this Redis would wait for it.
      const env = args[1] === 'print' ? { REDIS_URL: `redis://u:${canary}@127.0.0.1:1` } : {}
      const { code, out, err } = await machine.signet([...args, ...more], { env })
      expect(code, `${args}: ${err}`).toBe(0)
      expect(out + err, args.join(' ')).not.toContain(keysSecret)
      expect(out + err, args.join(' ')).not.toContain(canary)
      expect(out + err, args.join(' ')).not.toMatch(/"(d|p|q|k|sealed|passwordHash|hash)":|PRIVATE KEY|\$argon2/)
    }
  }
})
