import { expect } from 'vitest'
import { runSmall, smallTest } from './small-scenario.ts'

smallTest('every slot of a cluster moves while people sign in, and no request fails', async () => {
  const figures = await runSmall('cluster-move')
  if (figures) expect(figures['of them failed']).toBe(0)
})

smallTest('a primary of a cluster is killed: its replica takes over, and nothing is lost', async () => {
  const figures = await runSmall('cluster-kill')
  if (figures) expect(figures['looked at in the stores']).toBeGreaterThan(5)
})
