import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aMachine, type Given, type Machine, type Shape } from './machine.ts'

let machine: Machine
beforeAll(async () => {
  machine = await aMachine()
  await machine.json(['keys', 'rotate'])
})
afterAll(() => machine.remove())

type Examination = { readonly ok: boolean; readonly findings: readonly Shape[]; readonly code: number | null }

async function examine(given: Given = {}): Promise<Examination> {
  const env = { SIGNET_ISSUER: 'http://localhost:3000', ...given.env }
  const { code, out } = await machine.signet(['doctor', '--json'], { env })
  return { ...JSON.parse(out), code }
}

function errors({ findings }: Examination): readonly string[] {
  return findings.filter(({ level }) => level === 'error').map(({ what, mend }) => `${what} ${mend}`)
}

test('all is well: exit 0, and each finding says what was looked at', async () => {
  const { ok, code, findings } = await examine()
  expect([ok, code]).toEqual([true, 0])
  expect(findings.every(({ level }) => level === 'ok')).toBe(true)
  expect(findings.length).toBeGreaterThan(6)
})

test('wrong settings are told and do not hide the rest', async () => {
  const seen = await examine({ env: { SIGNET_PORT: 'abc', SIGNET_KEYS_SECRET: 'Zz9yXw8vUt7sRq6pOn5mLk4jIh3gFe2d' } })
  expect([seen.ok, seen.code]).toEqual([false, 1])
  expect(errors(seen)).toEqual([
    expect.stringContaining('listen.port (SIGNET_PORT): "abc" is not a whole number.'),
    expect.stringContaining('Give the secret that the keys were sealed under.'),
  ])
})

test('files that others can read are told with the command that mends them', async () => {
  const folder = join(machine.folder, 'keys')
  const [sealed = ''] = readdirSync(folder).filter((name) => name.endsWith('.jwe'))
  const path = join(folder, sealed)
  chmodSync(path, 0o644)
  expect(errors(await examine())).toEqual([`keys.directory: others can read ${path}. Run: chmod 600 ${path}`])
  chmodSync(path, 0o600)
})

test('a directory that is none is told, and the rest is looked at', async () => {
  const file = join(machine.folder, 'file')
  writeFileSync(file, '')
  const seen = await examine({ env: { SIGNET_KEYS_DIR: file } })
  expect([seen.code, errors(seen)[0]]).toEqual([1, expect.stringContaining(`keys.directory: ${file} cannot be read.`)])
  expect(seen.findings).toContainEqual({ level: 'ok', what: expect.stringContaining('answers and is up to date') })
})

test('a Redis or database that does not answer is told, without its password', async () => {
  const seen = await examine({ env: { REDIS_URL: 'redis://:canary@127.0.0.1:1' } })
  expect(errors(seen)[0]).toMatch(/^Redis at redis:\/\/:\(hidden\)@127.0.0.1:1 cannot be used: .*ECONNREFUSED/)
  const other = await examine({ env: { DATABASE_URL: 'postgresql://a:canary@127.0.0.1:1/x' } })
  expect(errors(other)[0]).toContain('cannot be used')
  expect(JSON.stringify([seen, other])).not.toContain('canary')
})

test('a key ring that is gone, though the database remembers it, is told', async () => {
  rmSync(join(machine.folder, 'keys'), { recursive: true })
  const seen = await examine()
  expect(errors(seen)).toEqual([
    expect.stringContaining('the database remembers keys. Restore the keys from a backup.'),
  ])
})
