import { spawn, spawnSync } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { canRun } from '#test/support/can-run.ts'
import { bin, ended } from './machine.ts'

/** Another Node of this machine that is too old to run Signet; undefined where there is none. */
const older = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'node'))
  .filter((path) => !path.includes('node_modules') && canRun(path))
  .find((path) => Number(spawnSync(path, ['-p', 'process.versions.node']).stdout.toString().split('.')[0]) < 24)

if (!older) console.warn('the suite for an older Node is skipped: this machine has none')

describe.skipIf(!older)('an older Node hands over to the one that npm brought', () => {
  const env = { PATH: process.env.PATH, NO_COLOR: '1' }

  test('arguments, streams and exit code go through', async () => {
    const { code, out } = await ended(spawn(older ?? '', [bin, '--version'], { env }))
    expect([code, out]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+\n$/)])
    const wrong = await ended(spawn(older ?? '', [bin, 'clints'], { env }))
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('Did you mean clients?')])
  })
})
