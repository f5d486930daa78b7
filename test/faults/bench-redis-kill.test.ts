import { expect } from 'vitest'
import { runSmall, smallTest } from './small-scenario.ts'

smallTest('kill -9 of Redis loses nothing that was acknowledged', async () => {
  const figures = await runSmall('redis-kill')
  // What was not under way could not be lost.
  if (figures) expect(figures.acknowledged).toBeGreaterThan(60)
})

smallTest('nor does it while an fsync is pending on a busy disk', async () => {
  const figures = await runSmall('redis-kill-flushing')
  if (figures) expect(figures['looked at in the stores']).toBeGreaterThan(5)
})

smallTest('a setting that loses is caught losing', async () => {
  const figures = await runSmall('redis-kill-everysec')
  if (figures) expect(figures['lost there']).toBeGreaterThan(0)
})
