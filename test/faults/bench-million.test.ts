import { expect } from 'vitest'
import { runSmall, smallTest } from './small-scenario.ts'

smallTest('a full house is refreshed, restarted and rebuilt like an empty one', async () => {
  const figures = await runSmall('million')
  if (figures) expect(figures.families).toBe(3000)
})
