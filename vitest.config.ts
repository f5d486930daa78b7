import { defineConfig } from 'vitest/config'

/** Slow suites get their own time limits beside the test; these are for the ordinary ones. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 2,
    restoreMocks: true,
  },
})
