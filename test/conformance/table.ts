/*
 * Prints, as Markdown, every module of every plan and the test that stands for it. With `--results FILE` (what vitest
 * writes with `--reporter=json --outputFile=FILE`) also whether it passed there; ends with 1 where one did not.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type StandIn, standIns } from './stand-ins.ts'

type Results = {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[]
  }[]
}

const { values } = parseArgs({ options: { results: { type: 'string' } } })
const results = values.results ? (JSON.parse(readFileSync(values.results, 'utf8')) as Results) : undefined

/** Passed where every test of that name passed, and there was one. */
function outcome({ tests }: StandIn): string {
  if (tests.length === 0) return 'NO TEST'
  if (!results) return ''
  const own = tests.map(({ file, title }) => statuses(file, title))
  if (own.some((each) => each.length === 0)) return 'NOT RUN'
  return own.flat().every((status) => status === 'passed') ? 'passed' : 'FAILED'
}

function statuses(file: string, title: string): readonly string[] {
  const run = results?.testResults.find(({ name }) => name.endsWith(`/test/conformance/${file}`))
  const own = run?.assertionResults.filter((each) => each.title === title || each.title.startsWith(`${title}: `))
  return (own ?? []).map(({ status }) => status)
}

const rows = standIns().map((each) => ({ ...each, outcome: outcome(each) }))
console.log('| plan | module | test | what it asserts | |\n|---|---|---|---|---|')
for (const { plan, run, tests, outcome: how } of rows) {
  const where = tests.map(({ file, title }) => `\`${file}\`: ${title}`).join('; ')
  const asserts = tests.map((each) => each.asserts).join('; ')
  console.log(`| ${plan.title} | ${run.module} | ${where} | ${asserts} | ${how} |`)
}
process.exitCode = rows.some(({ outcome: how }) => how !== '' && how !== 'passed') ? 1 : 0
