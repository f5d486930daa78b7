import { expect } from 'vitest'
import { runSmall, smallTest } from './small-scenario.ts'

smallTest('a full disk under Redis or PostgreSQL is a 503 for a while, and nothing is lost', async () => {
  const figures = await runSmall('disk-full')
  if (figures) expect(figures['answered 503 meanwhile']).toBeGreaterThan(0)
})
