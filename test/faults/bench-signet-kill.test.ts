import { expect } from 'vitest'
import { runSmall, smallTest } from './small-scenario.ts'

smallTest('kill -9 of one machine leaves nothing half written, and the other one goes on', async () => {
  const figures = await runSmall('signet-kill')
  if (figures) expect(figures['looked at in the stores']).toBeGreaterThan(5)
})

smallTest('SIGTERM under load fails nobody who is sent to the other machine', async () => {
  const figures = await runSmall('signet-stop')
  if (figures) expect(figures['in doubt']).toBeLessThan(Number(figures.requests) / 4)
})
