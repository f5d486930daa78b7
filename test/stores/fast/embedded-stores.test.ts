import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Unavailable } from '#core/oauth/error.ts'
import { openEmbeddedStores } from '#stores/embedded/open-embedded-stores.ts'
import { testClock } from '#test/support/clock.ts'
import { everyVerb } from './every-verb.ts'
import { aFamily } from './samples.ts'

const clock = testClock()
let directory: string
const open = () => openEmbeddedStores({ file: join(directory, 'state.db'), clock, sessionIdle: 600 })

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'signet-embedded-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('closing finishes what was taken, and what was kept is there after reopening', async () => {
  const stores = await open()
  const families = Array.from({ length: 600 }, () => aFamily(clock.now()))
  const births = Promise.all(families.map((family) => stores.families.begin(family)))
  await stores.close()
  expect(new Set(await births)).toEqual(new Set(['begun']))

  const again = await open()
  const found = await Promise.all(families.map(({ id }) => again.families.find(id)))
  expect(found).toEqual(families.map((family) => ({ family, generation: 1, rotatedAt: family.createdAt })))
  await again.close()
})

test('after closing every verb is an outage, and closing again is none', async () => {
  const stores = await open()
  await Promise.all(everyVerb(stores, clock))
  await stores.close()
  const results = await Promise.allSettled(everyVerb(stores, clock))
  expect(results.map((it) => it.status === 'rejected' && it.reason instanceof Unavailable)).not.toContain(false)
  await stores.close()
})
