import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { aStopwatch } from './stopwatch.ts'

test('what is waited for counts', async () => {
  const watch = aStopwatch()
  await wait(300)
  expect(watch.milliseconds()).toBeGreaterThan(200)
})

test('what this process computes counts, though no timer fires meanwhile', () => {
  const watch = aStopwatch()
  const until = process.cpuUsage().user + 300_000
  while (process.cpuUsage().user < until);
  expect(watch.milliseconds()).toBeGreaterThan(250)
})

test('time in which the process was kept from running does not', async () => {
  const watch = aStopwatch()
  const begun = performance.now()
  const script = 'kill -STOP "$0"; sleep 1; kill -CONT "$0"'
  await once(spawn('sh', ['-c', script, String(process.pid)]), 'exit')
  expect(performance.now() - begun).toBeGreaterThan(950)
  expect(watch.milliseconds()).toBeLessThan(700)
})
