import { once } from 'node:events'
import { join } from 'node:path'
import { createClient } from '@libsql/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aMachine, type Machine, type Shape } from './machine.ts'

const people = 5000
/** Mebibytes of heap that a command needs without a list, and few more: the list alone has more. */
const env = { NODE_OPTIONS: '--max-old-space-size=72' }

let machine: Machine
beforeAll(async () => {
  machine = await aMachine()
  const client = createClient({ url: `file:${join(machine.folder, 'data/signet.db')}` })
  const at = `'2026-01-01T00:00:00.000+00:00'`
  await client.execute(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${people})
    INSERT INTO "User" ("sub", "username", "emailVerified", "claims", "enabled", "tokenVersion", "revision", "createdAt", "updatedAt")
    SELECT 'usr_' || i, 'P' || i, 0, '{"about":"${'x'.repeat(12_000)}"}', 1, 0, 1, ${at}, ${at} FROM n`)
  await client.execute('INSERT INTO "LoginName" ("normal", "sub") SELECT lower("username"), "sub" FROM "User"')
  client.close()
})
afterAll(() => machine.remove())

test('a list that is larger than the memory of the command is one whole array', async () => {
  const { code, out, err } = await machine.signet(['users', 'list', '--json'], { env })
  expect([code, err]).toEqual([0, ''])
  const listed: readonly Shape[] = JSON.parse(out)
  expect(new Set(listed.map(({ sub }) => sub)).size).toBe(people)
  expect(out === `${JSON.stringify(listed, undefined, 2)}\n`).toBe(true)
})

test('who stops reading ends it well', async () => {
  const child = machine.begin(['users', 'list'])
  let err = ''
  child.stderr?.on('data', (text) => {
    err += text
  })
  const [first] = await once(child.stdout ?? child, 'data')
  child.stdout?.destroy()
  const [code] = await once(child, 'close')
  expect(`${first}`).toMatch(/^USERNAME +E-MAIL +SUB\nP1 +usr_1\nP10 +usr_10\n/)
  expect([code, err]).toEqual([0, ''])
})
