import { expect } from 'vitest'
import { runSmall, smallTest } from './small-scenario.ts'

smallTest(
  'a Redis that was wiped, went back in time or is a stale replica brings nothing back and signs nobody out',
  async () => {
    const figures = await runSmall('redis-lost')
    if (figures) expect(figures.losses).toBe(3)
  },
)
