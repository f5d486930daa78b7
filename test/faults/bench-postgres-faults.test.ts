import { expect } from 'vitest'
import { runSmall, smallTest } from './small-scenario.ts'

smallTest('PostgreSQL killed, frozen and cut off: answers come back by themselves', async () => {
  const figures = await runSmall('postgres-faults')
  if (figures) expect(figures['of them answered 200']).toBe(figures['plain refreshes while it was away'])
})
