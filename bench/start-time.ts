/*
 * `npm run bench:start -- [times]`: seconds from the start of `signet dev` until it says that it is ready, in an empty
 * folder and again in the same one.
 */
import { loadavg } from 'node:os'
import { aDevHome, startDev } from '#test/support/dev-process.ts'

const times = Number(process.argv[2] ?? 5)
const first: number[] = []
const again: number[] = []

for (let time = 0; time < times; time++) {
  const home = await aDevHome()
  try {
    first.push(await measure(home))
    again.push(await measure(home))
  } finally {
    home.forget()
  }
}
console.log(`load of the machine: ${loadavg()[0]?.toFixed(1)}`)
console.log(`empty folder:  ${describe(first)}`)
console.log(`known folder:  ${describe(again)}`)

async function measure(home: Awaited<ReturnType<typeof aDevHome>>): Promise<number> {
  const { process: child, seconds, ended } = await startDev(home)
  child.kill('SIGTERM')
  await ended
  return seconds
}

function describe(seconds: readonly number[]): string {
  const sorted = seconds.toSorted((one, other) => one - other)
  const shown = sorted.map((one) => one.toFixed(2)).join(' ')
  return `median ${sorted[Math.floor(sorted.length / 2)]?.toFixed(2)} s, slowest ${sorted.at(-1)?.toFixed(2)} s (${shown})`
}
