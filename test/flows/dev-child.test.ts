import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { startChild } from '#cli/dev-child.ts'
import { aStopwatch } from '#test/support/stopwatch.ts'

const directory = mkdtempSync(join(tmpdir(), 'signet-child-'))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function program(source: string): string {
  const file = join(directory, `${source.length}.mjs`)
  writeFileSync(file, source)
  return file
}

test('a program that ends while starting is told at once, with how it ended', async () => {
  const watch = aStopwatch()

  const started = startChild({ name: 'sample', file: program('process.exit(3)'), env: {} })

  await expect(started).rejects.toThrow('The sample ended with code 3 while starting.')
  expect(watch.milliseconds()).toBeLessThan(10_000)
})

test('a program that does not stop when it is asked to is killed', async () => {
  const stubborn = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('x listening on nothing')"
  const child = await startChild({ name: 'sample', file: program(stubborn), env: {} })

  await child.stop()

  expect(await child.ended).toBe('by SIGKILL')
})

test('a program gets the settings it is given and none of ours', async () => {
  process.env.SIGNET_TEST_CANARY = 'ours'
  const source = `process.exit(process.env.SIGNET_TEST_CANARY ? 1 : Number(process.env.CODE))`

  const started = startChild({ name: 'sample', file: program(source), env: { CODE: '7' } })

  await expect(started).rejects.toThrow('with code 7')
  delete process.env.SIGNET_TEST_CANARY
})
