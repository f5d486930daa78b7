import { expect } from 'vitest'

/** Milliseconds of CPU that this process, client and server alike, spends on something. */
async function cpuTimeOf(what: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await what()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** Something costs less CPU than this; tried up to four times, since the collector of garbage works when it wants to. */
export async function expectCheap(what: () => Promise<unknown>, because: string, most = 50): Promise<void> {
  let best = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < 4 && best >= most; tries++) best = Math.min(best, await cpuTimeOf(what))
  expect(best, because).toBeLessThan(most)
}
