import { pino } from 'pino'
import { expect, test } from 'vitest'
import { openBell } from '#idp/bell.ts'
import { underLease } from '#idp/lease-keeper.ts'
import type { LeaseStore } from '#stores/lease-store.ts'
import { memoryLeases } from '#stores/memory/durable-leases.ts'
import { type TestClock, testClock } from '#test/support/clock.ts'

const logger = pino({ level: 'silent' })

/** Timers that run when the test moves the time, the earliest first. */
function aWorld() {
  const clock = testClock(new Date('2030-01-01T00:00:00Z'))
  const due = new Set<{ readonly at: number; readonly run: () => void }>()
  const timersOf = (isDead: () => boolean) => (milliseconds: number, run: () => void) => {
    const timer = { at: clock.now().getTime() + milliseconds, run: () => isDead() || run() }
    due.add(timer)
    return () => void due.delete(timer)
  }
  async function pass(seconds: number): Promise<void> {
    for (let left = seconds; left > 0; left -= 0.5) {
      clock.move(0.5)
      for (const timer of [...due].sort((one, other) => one.at - other.at)) {
        if (timer.at > clock.now().getTime()) continue
        due.delete(timer)
        timer.run()
      }
      await settled()
    }
  }
  return { clock, timersOf, pass }
}

/** Lets promises that are settled already run on. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}

type Wish = { readonly leases: LeaseStore; readonly clock: TestClock; readonly isDead?: () => boolean }

function aHolder(world: ReturnType<typeof aWorld>, { leases, clock, isDead = () => false }: Wish, name: string) {
  const rounds: Date[] = []
  const signals: AbortSignal[] = []
  const stop = underLease(
    { leases, clock, holder: name, logger, after: world.timersOf(isDead) },
    {
      name: 'work',
      every: 1000,
      work: async (signal) => {
        rounds.push(clock.now())
        signals.push(signal)
      },
    },
  )
  return { rounds, signals, stop }
}

test('one of two does the work, round after round; when it stops the other goes on', async () => {
  const world = aWorld()
  const wish = { leases: memoryLeases(), clock: world.clock }
  const first = aHolder(world, wish, 'first')
  await settled()
  const second = aHolder(world, wish, 'second')
  await world.pass(60)
  expect(first.rounds.length).toBeGreaterThan(30)
  expect(second.rounds).toEqual([])

  await first.stop()
  const done = first.rounds.length
  await world.pass(10)
  expect(first.rounds.length).toBe(done)
  expect(second.rounds.length).toBeGreaterThan(2)
})

test('the work survives the death of who did it', async () => {
  const world = aWorld()
  const wish = { leases: memoryLeases(), clock: world.clock }
  let isDead = false
  const first = aHolder(world, { ...wish, isDead: () => isDead }, 'first')
  await settled()
  const second = aHolder(world, wish, 'second')
  await world.pass(10)
  isDead = true
  const done = first.rounds.length
  await world.pass(20)
  expect(first.rounds.length).toBe(done)
  expect(second.rounds.length).toBeGreaterThan(0)
})

test('whoever loses the lease is told, and stops', async () => {
  const world = aWorld()
  const leases = memoryLeases()
  const first = aHolder(world, { leases, clock: world.clock }, 'first')
  await settled()
  expect(first.signals[0]?.aborted).toBe(false)
  await leases.end('work', 'first')
  const until = new Date('2031-01-01T00:00:00Z')
  await leases.claim('work', 'thief', { now: world.clock.now(), until })
  await world.pass(10)
  expect(first.signals[0]?.aborted).toBe(true)
  const done = first.rounds.length
  await world.pass(10)
  expect(first.rounds.length).toBe(done)
})

test('a stop awaits the round that is under way, and the lease is free afterwards', async () => {
  const world = aWorld()
  const leases = memoryLeases()
  const { promise, resolve } = Promise.withResolvers<void>()
  const stop = underLease(
    { leases, clock: world.clock, holder: 'first', logger, after: world.timersOf(() => false) },
    { name: 'work', every: 1000, work: () => promise },
  )
  await settled()
  let hasStopped = false
  const stopping = stop().then(() => {
    hasStopped = true
  })
  await settled()
  expect(hasStopped).toBe(false)
  resolve()
  await stopping
  const now = world.clock.now()
  expect(await leases.claim('work', 'other', { now, until: now })).toBe(true)
  await stop()
})

test('a lease that was claimed while the server stopped is given back', async () => {
  const world = aWorld()
  const leases = memoryLeases()
  const first = aHolder(world, { leases, clock: world.clock }, 'first')
  await first.stop()
  expect(first.rounds).toEqual([])
  const now = world.clock.now()
  expect(await leases.claim('work', 'other', { now, until: now })).toBe(true)
})

test('a bell begins a round at once, or right after the one that is under way; without the lease it begins none', async () => {
  const world = aWorld()
  const leases = memoryLeases()
  const bells = [openBell(), openBell()] as const
  const begun: string[] = []
  let underWay = Promise.withResolvers<void>()
  for (const [n, bell] of bells.entries()) {
    const parts = { leases, clock: world.clock, holder: `${n}`, logger, after: world.timersOf(() => false) }
    const work = async () => {
      begun.push(`${n}`)
      await underWay.promise
    }
    underLease(parts, { name: 'work', every: 1_000_000, bell, work })
    await settled()
  }
  for (const bell of [...bells, ...bells]) bell.ring()
  expect(begun).toEqual(['0'])
  underWay.resolve()
  underWay = Promise.withResolvers<void>()
  await world.pass(1)
  expect(begun).toEqual(['0', '0'])
  underWay.resolve()
  await world.pass(5)
  expect(begun).toEqual(['0', '0'])
  bells[0].ring()
  expect(begun).toEqual(['0', '0', '0'])
})
