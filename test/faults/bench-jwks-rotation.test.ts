import { expect } from 'vitest'
import { runSmall, smallTest } from './small-scenario.ts'

smallTest('keys rotate on two machines, and nobody behind a caching proxy notices', async () => {
  const figures = await runSmall('jwks-rotation')
  if (figures) expect(figures.verifications).toBeGreaterThan(50)
})
