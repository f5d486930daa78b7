import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { alertCases } from './alert-cases.ts'

const rulesFile = resolve('docs/operations/prometheus-rules.yaml')
const folder = mkdtempSync(join(tmpdir(), 'signet-alerts-'))
afterAll(() => rmSync(folder, { recursive: true }))

const run = promisify(execFile)

function promtoolIsThere(): boolean {
  try {
    execFileSync('promtool', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Whether the rule is firing 20 minutes into the given metrics, as Prometheus itself sees it. */
async function expectFiring(
  alert: string,
  series: { readonly [series: string]: string },
  firing: boolean,
): Promise<void> {
  const file = join(folder, `${alert}-${firing}.json`)
  const question = {
    expr: `count(ALERTS{alertname="${alert}",alertstate="firing"}) or vector(0)`,
    eval_time: '20m',
    exp_samples: [{ labels: '{}', value: firing ? 1 : 0 }],
  }
  const input_series = Object.entries(series).map(([name, values]) => ({ series: name, values }))
  const tests = [{ interval: '1m', input_series, promql_expr_test: [question] }]
  writeFileSync(file, JSON.stringify({ rule_files: [rulesFile], evaluation_interval: '1m', tests }))
  await run('promtool', ['test', 'rules', file])
}

const there = promtoolIsThere()
if (!there) console.warn('skipped: the alert rules were not made to fire, promtool (Debian: prometheus) is not here')

describe.skipIf(!there)('alert rules', () => {
  test('are rules that Prometheus accepts', async () => {
    const { stdout } = await run('promtool', ['check', 'rules', rulesFile])
    expect(stdout).toContain(`SUCCESS: ${alertCases.length} rules found`)
  })

  test.each(alertCases)('$alert fires when it must', async ({ alert, fires }) => {
    await expectFiring(alert, fires, true)
  })

  test.each(alertCases)('$alert stays quiet when nothing is wrong', async ({ alert, quiet }) => {
    await expectFiring(alert, quiet, false)
  })
})

test('every rule has a case here, a severity and a mend', () => {
  const { groups } = parse(readFileSync(rulesFile, 'utf8'))
  const rules = groups.flatMap((group: { rules: { alert: string }[] }) => group.rules)
  expect(rules.map((rule: { alert: string }) => rule.alert).sort()).toEqual(alertCases.map((one) => one.alert).sort())
  for (const rule of rules) {
    expect(rule).toMatchObject({
      labels: { severity: expect.stringMatching(/^(warning|critical)$/) },
      annotations: { summary: expect.any(String), mend: expect.any(String) },
    })
  }
})
