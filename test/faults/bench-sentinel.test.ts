import { expect } from 'vitest'
import { runSmall, smallTest } from './small-scenario.ts'

smallTest('a primary that is killed is replaced by a replica, and nothing is lost', async () => {
  const figures = await runSmall('sentinel')
  if (figures) expect(figures['lost there']).toBe(0)
  if (figures) expect(figures['looked at in the stores']).toBeGreaterThan(5)
})

smallTest('without waiting for a replica acknowledged writes are lost, and no answer afterwards is wrong', async () => {
  const figures = await runSmall('sentinel-unwaited')
  if (figures) expect(figures['of them lost, as they must be without WAIT']).toBeGreaterThan(0)
})
