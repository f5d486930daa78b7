import { defineConfig } from 'vitest/config'

const bench = 'test/faults/bench-*.test.ts'

/**
 * Time limits here end what hangs; they judge nothing. What must be quick is measured by its own test, with the clock that
 * `test/support/stopwatch.ts` explains.
 */
export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 10_000 } },
    pool: 'forks',
    // One process runs many files: what they load is loaded once. Each cleans up after itself.
    isolate: false,
    setupFiles: 'test/support/each-file.ts',
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: {
          name: 'suites',
          include: ['test/**/*.test.ts'],
          exclude: [bench],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      // Two machines and their stores need the computer for themselves: one at a time, when all others are done.
      {
        extends: true,
        test: { name: 'fault bench', include: [bench], maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
})
