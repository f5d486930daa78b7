import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { type AuditEvent, auditEvents } from '#core/audit/audit-event.ts'
import type { Clock } from '#core/clock.ts'
import { redisFindingNames } from '#stores/redis/settings/redis-findings.ts'
import { openBursts } from './bursts.ts'
import { type CertificateMetrics, certificateMetrics } from './certificate-metrics.ts'
import type { KeyTimes } from './key-times.ts'
import { type LogoutMetrics, logoutMetrics } from './logout-metrics.ts'
import { type StoreMetrics, storeMetrics } from './store-metrics.ts'
import type { Snapshot } from './sum-metrics.ts'

/** What one answer is counted by. */
export type MeasuredRequest = {
  readonly method: string
  /** The route's pattern: a bounded set, unlike URLs. */
  readonly route: string
  readonly status: number
  readonly seconds: number
}

/** A text in Prometheus' format, and that format's content type. */
export type Exposition = { readonly type: string; readonly text: string }

/** What the process tells Prometheus. Plain methods: nobody else knows the library. */
export type Metrics = StoreMetrics &
  LogoutMetrics &
  CertificateMetrics & {
    request(measured: MeasuredRequest): void
    /** Counts an audit event, and its bursts; give it to `openAudit` as `notice`. Never throws. */
    audit(event: Pick<AuditEvent, 'event' | 'outcome' | 'userId' | 'address'>): void
    /** Notes how long one password hash took, waiting included. */
    passwordHashed(seconds: number): void
    /** Notes that a hash was refused because the queue was full. */
    passwordRefused(): void
    /** Has the depth of the password queue read at every scrape. */
    watchPasswordQueue(waiting: () => number): void
    /** Has the succession of the signing keys read at every scrape. */
    watchKeys(read: () => readonly KeyTimes[]): void
    /** Has each readiness check read at every scrape: true where it passes. */
    watchReadiness(read: () => Promise<ReadonlyMap<string, boolean>>): void
    expose(): Promise<Exposition>
    /** The same as values, for whoever sums several processes. */
    snapshot(): Promise<Snapshot>
  }

/** Opens a registry of its own, so that two servers in one process do not share counters. */
export function openMetrics(clock: Clock): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const ofNode = nodeMetrics()

  return {
    request: requestMetrics(registers),
    audit: auditMetrics(registers, clock),
    ...passwordMetrics(registers),
    watchKeys: keyMetrics(registers),
    watchReadiness: readinessMetrics(registers),
    ...storeMetrics(registers, redisFindingNames),
    ...logoutMetrics(registers),
    ...certificateMetrics(registers),
    snapshot: async () => [...(await ofNode.getMetricsAsJSON()), ...(await registry.getMetricsAsJSON())],
    expose: async () => ({
      type: registry.contentType,
      text: [await ofNode.metrics(), await registry.metrics()].join(''),
    }),
  }
}

let ofProcess: Registry | undefined

/** What Node tells of the process: once, however many servers it has, since whoever collects it keeps timers for it. */
function nodeMetrics(): Registry {
  if (ofProcess) return ofProcess
  ofProcess = new Registry()
  collectDefaultMetrics({ register: ofProcess })
  return ofProcess
}

function requestMetrics(registers: Registry[]): Metrics['request'] {
  const duration = new Histogram({
    name: 'signet_http_request_duration_seconds',
    help: 'Time to answer, by route and class of status.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers,
  })
  // A class that was never seen has no series, and the first error of a process would not count as a rise.
  duration.zero({ method: 'POST', route: '/token', status: '5xx' })
  return ({ method, route, status, seconds }) => {
    duration.observe({ method, route, status: `${Math.floor(status / 100)}xx` }, seconds)
  }
}

function auditMetrics(registers: Registry[], clock: Clock): Metrics['audit'] {
  const events = new Counter({
    name: 'signet_audit_events_total',
    help: 'Audit events by name and outcome.',
    labelNames: ['event', 'outcome'],
    registers,
  })
  for (const event of Object.keys(auditEvents))
    for (const outcome of ['success', 'failure']) events.inc({ event, outcome }, 0)

  const bursts = {
    'sign_in.succeeded': burstGauge(
      registers,
      clock,
      'signet_sign_ins_highest',
      'Most sign-ins in five minutes by one',
    ),
    'sign_in.failed': burstGauge(
      registers,
      clock,
      'signet_sign_in_failures_highest',
      'Most failed sign-ins in five minutes by one',
    ),
  }

  return ({ event, outcome, userId, address }) => {
    events.inc({ event, outcome })
    if (event === 'sign_in.succeeded' || event === 'sign_in.failed') bursts[event](userId, address)
  }
}

/** A gauge over the busiest account and the busiest address. No label says which: those are in the audit trail. */
function burstGauge(registers: Registry[], clock: Clock, name: string, help: string) {
  const by = { account: openBursts(clock), address: openBursts(clock) }
  new Gauge({
    name,
    help: `${help} account or address.`,
    labelNames: ['by'],
    // Workers share the requests of whoever is busiest: a highest of all may be overstated, and is not missed.
    aggregator: 'sum',
    registers,
    collect() {
      this.set({ by: 'account' }, by.account.highest())
      this.set({ by: 'address' }, by.address.highest())
    },
  })
  return (account: string | undefined, address: string | undefined) => {
    if (account) by.account.add(account)
    if (address) by.address.add(address)
  }
}

function passwordMetrics(
  registers: Registry[],
): Pick<Metrics, 'passwordHashed' | 'passwordRefused' | 'watchPasswordQueue'> {
  const duration = new Histogram({
    name: 'signet_password_hash_duration_seconds',
    help: 'Time of one password hash, waiting included.',
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5],
    registers,
  })
  const refused = new Counter({
    name: 'signet_password_queue_refused_total',
    help: 'Hashes refused because the queue was full.',
    registers,
  })
  let depth = () => 0
  new Gauge({
    name: 'signet_password_queue_waiting',
    help: 'Password hashes that wait for a core.',
    registers,
    collect() {
      this.set(depth())
    },
  })
  return {
    passwordHashed: (seconds) => duration.observe(seconds),
    passwordRefused: () => refused.inc(),
    watchPasswordQueue(waiting) {
      depth = waiting
    },
  }
}

function keyMetrics(registers: Registry[]): Metrics['watchKeys'] {
  let read = (): readonly KeyTimes[] => []
  const labelNames = ['alg']
  new Gauge({
    name: 'signet_key_signs_since_timestamp_seconds',
    help: 'When the live key of an algorithm took over.',
    labelNames,
    aggregator: 'max',
    registers,
    collect() {
      this.reset()
      for (const { alg, since } of read()) this.set({ alg }, since.getTime() / 1000)
    },
  })
  new Gauge({
    name: 'signet_key_next_rotation_timestamp_seconds',
    help: 'When its successor is due to take over.',
    labelNames,
    aggregator: 'min',
    registers,
    collect() {
      this.reset()
      for (const { alg, due } of read()) this.set({ alg }, due.getTime() / 1000)
    },
  })
  return (source) => {
    read = source
  }
}

function readinessMetrics(registers: Registry[]): Metrics['watchReadiness'] {
  let read = async (): Promise<ReadonlyMap<string, boolean>> => new Map()
  new Gauge({
    name: 'signet_ready',
    help: '1 where a readiness check passes, 0 where it fails.',
    labelNames: ['check'],
    aggregator: 'min',
    registers,
    async collect() {
      for (const [check, passes] of await read()) this.set({ check }, passes ? 1 : 0)
    },
  })
  return (source) => {
    read = source
  }
}
