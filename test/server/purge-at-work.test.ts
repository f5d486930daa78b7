import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadConfig } from '#config/load.ts'
import { start } from '#idp/main.ts'
import { createLogger } from '#server/http/logging.ts'
import { openPrismaStores } from '#stores/prisma/open-prisma-stores.ts'
import { anEvent } from '#test/stores/durable/samples.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signet-purge-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const most = 5000

test('a server that is told to stop leaves what is past its retention for another day', async () => {
  const log: string[] = []
  const logger = createLogger({ log: { level: 'info' } }, { write: (line: string) => void log.push(line) })
  const config = await loadConfig({
    mode: 'dev',
    env: {},
    flags: {
      'listen.port': '0',
      'management.port': '0',
      issuer: 'http://localhost:3000',
      'data.directory': join(folder, 'data'),
      'keys.directory': join(folder, 'keys'),
    },
  })
  const first = await start(config, { logger })
  await first.stores.audit.put(Array.from({ length: most }, (_, n) => anEvent({ id: `${n}`, at: new Date(0) })))
  await first.close()

  const second = await start(config, { logger })
  await second.close()
  const stores = await openPrismaStores({ url: config.database.url })
  const left = (await stores.audit.list({})).filter(({ at }) => at.getTime() === 0).length
  await stores.close()
  expect(left).toBeGreaterThan(0)
  expect(left).toBeLessThan(most)
  expect(log.filter((line) => /"level":(50|60)/.test(line))).toEqual([])
}, 60_000)
