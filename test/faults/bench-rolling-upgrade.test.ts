import { expect } from 'vitest'
import { runSmall, smallTest } from './small-scenario.ts'

smallTest(
  'a release with a migration goes out machine by machine under load, and back, and no request fails',
  async () => {
    const figures = await runSmall('rolling-upgrade')
    if (figures) expect(figures['machines replaced']).toBe(4)
  },
)
