import { expect } from 'vitest'
import { runSmall, smallTest } from './small-scenario.ts'

smallTest('replies that never arrive and a store that is away sign nobody honest out', async () => {
  const figures = await runSmall('swallowed-replies')
  if (figures) expect(figures['replies lost on their way to the app']).toBeGreaterThan(5)
  if (figures) expect(figures['honest families revoked']).toBe(0)
})
