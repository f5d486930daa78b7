import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe } from 'vitest'
import { openEmbeddedStores } from '#stores/embedded/open-embedded-stores.ts'
import { memoryEpochs } from '#stores/memory/durable-epochs.ts'
import { memoryFacts } from '#stores/memory/durable-facts.ts'
import { memoryLeases } from '#stores/memory/durable-leases.ts'
import type { FastStoreSettings } from '#stores/memory/fast-stores.ts'
import { openMemoryStores } from '#stores/memory/open-memory-stores.ts'
import { openRedisStores } from '#stores/redis/open-redis-stores.ts'
import type { FastStores } from '#stores/stores.ts'
import { startRedis, whyNoRedis } from '#test/support/redis.ts'

/** Opens stores that share what the implementation keeps, each with settings of its own. */
export type Open = (settings: FastStoreSettings) => Promise<FastStores>

export type Implementation = {
  readonly name: string
  /** In words, why it cannot run here. */
  readonly whyNot: string | undefined
  readonly start: () => Promise<{ open: Open; stop: () => Promise<void> }>
}

export const memory: Implementation = {
  name: 'memory',
  whyNot: undefined,
  start: async () => ({ open: async (settings) => openMemoryStores(settings), stop: async () => {} }),
}

export const embedded: Implementation = {
  name: 'embedded',
  whyNot: undefined,
  async start() {
    const directory = mkdtempSync(join(tmpdir(), 'signet-state-'))
    return {
      open: (settings) => openEmbeddedStores({ ...settings, file: join(directory, 'state.db') }),
      stop: async () => rmSync(directory, { recursive: true, force: true }),
    }
  },
}

export const redis: Implementation = {
  name: 'redis',
  whyNot: whyNoRedis(),
  async start() {
    const { url, prefix, stop } = await startRedis()
    const durable = { epochs: memoryEpochs(), leases: memoryLeases(), facts: memoryFacts() }
    return { open: (settings) => openRedisStores({ ...settings, ...durable, url, prefix }), stop }
  },
}

/** Runs one suite of promises against every implementation; one that cannot run here is reported as skipped. */
export function describeEach(noun: string, suite: (open: Open) => void, of = [memory, embedded, redis]): void {
  for (const { name, whyNot, start } of of) {
    describe.skipIf(whyNot)(`${noun}, ${name}${whyNot ? ` (${whyNot})` : ''}`, () => {
      const opened: FastStores[] = []
      let started: Awaited<ReturnType<typeof start>>
      beforeAll(async () => {
        started = await start()
      })
      // Every open store gives its signs of life: what no test needs any more would slow the next ones down.
      afterEach(async () => {
        await Promise.all(opened.splice(0).map((stores) => stores.close()))
      })
      afterAll(() => started.stop())
      suite(async (settings) => {
        const stores = await started.open(settings)
        opened.push(stores)
        return stores
      })
    })
  }
}
