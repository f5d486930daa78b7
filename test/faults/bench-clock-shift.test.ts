import { expect } from 'vitest'
import { runSmall, smallTest } from './small-scenario.ts'

smallTest('a machine whose clock is ten minutes off uses no token twice and expires none', async () => {
  const figures = await runSmall('clock-shift')
  if (figures) expect(figures.shifts).toBe(2)
})
