import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { auditEvents } from '#core/audit/audit-event.ts'
import { systemClock } from '#core/clock.ts'
import { openMetrics } from '#server/management/metrics.ts'

const rules = readFileSync('docs/operations/prometheus-rules.yaml', 'utf8')
const dashboard = readFileSync('docs/operations/grafana-dashboard.json', 'utf8')
const metricName = /\b(?:signet|process|nodejs)_[a-z0-9_]+/g

/** A scrape with every series there is. */
async function scrape(): Promise<string> {
  const metrics = openMetrics(systemClock)
  metrics.watchKeys(() => [{ alg: 'ES256', since: new Date(), due: new Date() }])
  metrics.watchCertificate(() => new Date())
  metrics.clocks(new Map([['own', 0]]))
  metrics.watchReadiness(async () => new Map([['accepting', true]]))
  return (await metrics.expose()).text
}

const scraped = await scrape()
const exposed = new Set(scraped.split('\n').flatMap((line) => /^[a-z]\w*/.exec(line)?.[0] ?? []))

test.each([
  ['alert rules', rules],
  ['dashboard', dashboard],
])('the %s name only metrics that are exposed', async (_name, text) => {
  const names = new Set(text.match(metricName))
  expect(names.size).toBeGreaterThan(5)
  expect([...names].filter((name) => !exposed.has(name))).toEqual([])
})

test('whatever we expose is on the dashboard or in a rule', () => {
  const own = [...exposed].filter((name) => name.startsWith('signet_'))
  const families = new Set(own.map((name) => name.replace(/_(bucket|sum|count)$/, '')))
  expect([...families].filter((name) => !`${rules}${dashboard}`.includes(name))).toEqual([])
})

test.each([
  ['alert rules', rules],
  ['dashboard', dashboard],
])('the %s name only audit events that exist', (_name, text) => {
  const patterns = [...text.matchAll(/event=~?\\?"([^"\\]+)\\?"/g)].map(([, pattern]) => pattern ?? '')
  expect(patterns.length).toBeGreaterThan(3)
  for (const name of patterns.flatMap((pattern) => pattern.split('|'))) {
    const matches = Object.keys(auditEvents).filter((event) => new RegExp(`^(?:${name})$`).test(event))
    expect(matches, name).not.toEqual([])
  }
})

test('every label that a rule chooses by is one that its metric has', async () => {
  const known: { readonly [label: string]: string } = {
    by: 'signet_sign_ins_highest{by=',
    finding: 'signet_redis_findings{finding=',
    source: 'signet_clock_deviation_seconds{source=',
    check: 'signet_ready{check=',
    alg: '{alg=',
    outcome: '_total{outcome=',
    status: 'status=',
    route: 'route=',
    event: 'event=',
  }
  const exprs: string[] = parse(rules).groups.flatMap((group: { rules: { expr: string }[] }) =>
    group.rules.map((rule) => rule.expr),
  )
  const labels = new Set(exprs.flatMap((expr) => [...expr.matchAll(/[{,](\w+)=~?"/g)].map(([, label]) => label ?? '')))
  labels.delete('job')
  for (const label of labels) expect(scraped, label).toContain(known[label] ?? `nothing has the label ${label}`)
})

const promtool = spawnSync('promtool', ['--version']).status === 0

test.skipIf(!promtool)('Prometheus can read a scrape, and finds nothing to improve in our names', () => {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: scraped, encoding: 'utf8' })
  const said = `${stdout}${stderr}`.split('\n').filter((line) => line.startsWith('signet_'))
  expect(said).toEqual([])
  expect([0, 3]).toContain(status)
})
