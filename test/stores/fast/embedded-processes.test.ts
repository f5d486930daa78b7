import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { later, systemClock } from '#core/clock.ts'
import { openEmbeddedStores } from '#stores/embedded/open-embedded-stores.ts'
import type { FastStores } from '#stores/stores.ts'
import { aCode, aFamily, here } from './samples.ts'

const children: ChildProcess[] = []
let directory: string
let file: string
let stores: FastStores

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'signet-processes-'))
  file = join(directory, 'state.db')
  stores = await open()
})

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await stores.close()
  rmSync(directory, { recursive: true, force: true })
})

function open(): Promise<FastStores> {
  return openEmbeddedStores({ file, clock: systemClock, sessionIdle: 600 })
}

function start(task: string, name = '') {
  const program = fileURLToPath(import.meta.resolve('./embedded-process.ts'))
  const child = spawn(process.execPath, [program, file, task, name], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  return { child, lines: createInterface(child.stdout) }
}

async function putCodes(names: readonly string[]): Promise<void> {
  const code = aCode(systemClock.now(), { expiresAt: later(systemClock.now(), 600) })
  await Promise.all(names.map((name) => stores.codes.put(name, code)))
}

test('two processes at once: each code is claimed once, each attempt counted once', { timeout: 60_000 }, async () => {
  await putCodes(Array.from({ length: 200 }, (_, at) => `code-${at}`))
  const outputs = [start('claim'), start('claim')].map(async ({ lines }) =>
    JSON.parse(String((await once(lines, 'line'))[0])),
  )
  const results = await Promise.all(outputs)
  const sum = (field: string) => results.reduce((total, result) => total + result[field], 0)
  expect({ claimed: sum('claimed'), allowed: sum('allowed') }).toEqual({ claimed: 200, allowed: 120 })
})

test.for([1, 2, 3, 17, 60])(
  'killed after %i answers: nothing that was answered is lost',
  { timeout: 60_000 },
  async (answers) => {
    const family = aFamily(systemClock.now())
    await stores.families.begin(family)
    await putCodes(Array.from({ length: 2000 }, (_, at) => `${family.id}-${at}`))
    await stores.close()

    const { child, lines } = start('rotate', family.id)
    const heard: { generation: number; rotation: string; code: string }[] = []
    for await (const line of lines) {
      heard.push(JSON.parse(line))
      if (heard.length === answers) child.kill('SIGKILL')
    }

    stores = await open()
    expect(heard.length).toBeGreaterThanOrEqual(answers)
    expect(heard.every(({ rotation, code }) => rotation === 'rotated' && code === 'claimed')).toBe(true)
    const last = heard.length
    const found = here(await stores.families.find(family.id))
    expect(found.family).toEqual(family)
    // The one after the last answer may have been committed and not told: the grace window is for that.
    expect([last + 1, last + 2]).toContain(found.generation)
    for (const { generation } of heard) {
      expect(await stores.codes.claim(`${family.id}-${generation}`)).toMatchObject({ outcome: 'replayed' })
    }
    const presented = { familyId: family.id, generation: last + 1, macKid: family.macKid, from: '' }
    const next = await stores.families.rotate(presented, undefined, { idle: 600, grace: 30 })
    expect(['rotated', 'repeated']).toContain(next.outcome)
  },
)
