import { defineConfig } from 'vitest/config'

const bench = 'test/faults/bench-*.test.ts'

/** Slow suites get their own time limits beside the test; these are for the ordinary ones. */
export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: 'forks',
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
