/*
 * `npm run bench:facts -- [seconds]`: births and ends per second in the durable stores, and how long each takes, with 1,
 * 32 and 256 of them under way, on SQLite and on a PostgreSQL of its own; both flush to the disk as in production.
 */
import { loadavg } from 'node:os'
import { join } from 'node:path'
import type { FactStore } from '#core/tokens/fact-store.ts'
import { migrate } from '#stores/prisma/migrate.ts'
import { openPrismaStores } from '#stores/prisma/open-prisma-stores.ts'
import { aFamily, anEnd, aSession } from '#test/stores/durable/samples.ts'
import { type Lab, openLab } from './faults/lab/lab.ts'
import { startPostgresNode, whyNoPostgresServer } from './faults/lab/postgres-node.ts'

const seconds = Number(process.argv[2] ?? 3)

let people = 0
const lab = openLab()
try {
  for (const [name, url] of await databases(lab)) {
    await migrate(url)
    const { facts, close } = await openPrismaStores({ url, statementTimeout: 30 })
    await measure(facts, 32, 1)
    for (const workers of [1, 32, 256]) {
      const durations = (await measure(facts, workers, seconds)).sort((one, other) => one - other)
      const at = (share: number) => `${durations[Math.floor(durations.length * share)]?.toFixed(1)} ms`
      const rate = Math.round(durations.length / seconds)
      console.log(`${name}, ${workers} at once: ${rate} facts/s, median ${at(0.5)}, 99 % below ${at(0.99)}`)
    }
    await close()
  }
  console.log(`load of the machine: ${loadavg()[0]?.toFixed(1)}`)
} finally {
  await lab.close()
}

async function databases(lab: Lab): Promise<readonly (readonly [string, string])[]> {
  const sqlite = ['SQLite', `file:${join(lab.newFolder('sqlite'), 'signet.db')}`] as const
  const whyNot = whyNoPostgresServer()
  if (whyNot !== undefined) console.log(whyNot)
  return whyNot === undefined ? [sqlite, ['PostgreSQL', (await startPostgresNode(lab)).url]] : [sqlite]
}

/** How long each fact took, in milliseconds: the birth of a session and of its family, the family's end, and its claim. */
async function measure(facts: FactStore, workers: number, most: number): Promise<number[]> {
  const durations: number[] = []
  const until = performance.now() + most * 1000
  const timed = async (work: Promise<void>): Promise<void> => {
    const begun = performance.now()
    await work
    durations.push(performance.now() - begun)
  }
  async function live(): Promise<void> {
    while (performance.now() < until) {
      const id = `${++people}`
      const end = anEnd({ id })
      await timed(facts.beginSession(aSession({ id, userId: id })))
      await timed(facts.beginFamily(aFamily({ id, userId: id, sessionId: id, sid: id })))
      await timed(facts.put(end))
      await timed(facts.claim(end, end.at))
    }
  }
  await Promise.all(Array.from({ length: workers }, live))
  return durations
}
