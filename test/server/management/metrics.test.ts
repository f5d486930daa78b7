import { expect, test } from 'vitest'
import { type Clock, later } from '#core/clock.ts'
import { openBursts } from '#server/management/bursts.ts'
import { keyTimes } from '#server/management/key-times.ts'
import { openMetrics } from '#server/management/metrics.ts'

const start = new Date('2030-01-01T00:00:00Z')

function aClock(): Clock & { pass(seconds: number): void } {
  let now = start
  return {
    offset: 0,
    now: () => now,
    pass(seconds) {
      now = later(now, seconds)
    },
  }
}

test('a burst is the busiest key of the last five minutes', () => {
  const clock = aClock()
  const bursts = openBursts(clock)
  for (let i = 0; i < 10; i++) bursts.add('busy')
  bursts.add('calm')
  clock.pass(120)
  bursts.add('busy')
  expect(bursts.highest()).toBe(11)

  clock.pass(181)
  expect(bursts.highest()).toBe(1)
  clock.pass(300)
  expect(bursts.highest()).toBe(0)
})

test('a flood of strangers neither grows memory nor hides the busy one', () => {
  const bursts = openBursts(aClock(), 200)
  for (let i = 0; i < 20_000; i++) {
    bursts.add(`stranger ${i}`)
    if (i % 50 === 0) bursts.add('busy')
  }
  // It happened 400 times; what was counted before it stood out may be missing, and nothing is ever added.
  expect(bursts.highest()).toBeGreaterThan(200)
  expect(bursts.highest()).toBeLessThanOrEqual(400)
})

test('audit events are counted by name and outcome, and no label holds an account or an address', async () => {
  const metrics = openMetrics(aClock())
  for (let i = 0; i < 3; i++) {
    metrics.audit({ event: 'sign_in.failed', outcome: 'failure', userId: 'alice-sub', address: '198.51.100.7' })
  }
  metrics.audit({ event: 'sign_in.succeeded', outcome: 'success', userId: 'alice-sub', address: '198.51.100.7' })

  const { text } = await metrics.expose()

  expect(text).toContain('signet_audit_events_total{event="sign_in.failed",outcome="failure"} 3')
  expect(text).toContain('signet_audit_events_total{event="token.reused",outcome="failure"} 0')
  expect(text).toContain('signet_sign_in_failures_highest{by="address"} 3')
  expect(text).toContain('signet_sign_ins_highest{by="account"} 1')
  expect(text).not.toMatch(/alice|198\.51/)
})

test('the password queue and the keys are read when asked for', async () => {
  const metrics = openMetrics(aClock())
  let waiting = 0
  metrics.watchPasswordQueue(() => waiting)
  metrics.watchKeys(() => [{ alg: 'ES256', since: start, due: later(start, 60) }])
  metrics.passwordHashed(0.03)
  metrics.passwordRefused()
  waiting = 7

  const { text } = await metrics.expose()

  expect(text).toContain('signet_password_queue_waiting 7')
  expect(text).toContain('signet_password_queue_refused_total 1')
  expect(text).toContain('signet_password_hash_duration_seconds_count 1')
  expect(text).toContain(`signet_key_signs_since_timestamp_seconds{alg="ES256"} ${start.getTime() / 1000}`)
  expect(text).toContain(`signet_key_next_rotation_timestamp_seconds{alg="ES256"} ${start.getTime() / 1000 + 60}`)
})

test('a key is due when its published successor takes over, else one rotation after its own take-over', () => {
  const key = (alg: 'ES256' | 'RS256', state: 'previous' | 'active' | 'next', seconds: number) => {
    return { alg, use: 'sig', state, signsFrom: later(start, seconds) } as const
  }
  const ring = [
    key('ES256', 'previous', 0),
    key('ES256', 'active', 100),
    key('ES256', 'next', 950),
    key('ES256', 'next', 900),
    key('RS256', 'active', 50),
    { ...key('RS256', 'active', 10), alg: 'HS256', use: 'mac' } as const,
  ]

  expect(keyTimes(ring, 3600)).toEqual([
    { alg: 'ES256', since: later(start, 100), due: later(start, 900) },
    { alg: 'RS256', since: later(start, 50), due: later(start, 3650) },
  ])
})
