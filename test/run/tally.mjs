import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'

/**
 * Counts what vitest wrote down. A file that could not be loaded is one failure, and so is a run that went wrong outside
 * of every test: nothing that did not run counts as passed.
 */
export function readTally({ file, root, isGood }) {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: [], trouble: 'vitest did not come to its end' }
  const { testResults } = JSON.parse(readFileSync(file, 'utf8'))
  const tests = testResults.flatMap((result) =>
    result.assertionResults.map((test) => ({ ...test, file: relative(root, result.name) })),
  )
  const count = (status) => tests.filter((test) => test.status === status).length
  const broken = testResults.filter(
    (result) => result.status === 'failed' && !result.assertionResults.some((test) => test.status === 'failed'),
  )
  const failed = count('failed') + broken.length
  const skipped = tests.filter((test) => test.status !== 'passed' && test.status !== 'failed')
  const base = { passed: count('passed'), skipped }
  if (tests.length === 0 && failed === 0) return { ...base, failed: 1, trouble: 'no test ran' }
  if (!isGood && failed === 0) return { ...base, failed: 1, trouble: 'an error outside of every test, see above' }
  return { ...base, failed }
}

/** One line per suite that was skipped, and why. */
export function tellSkipped({ skipped }, programs) {
  if (skipped.length === 0) return []
  const bySuite = new Map()
  for (const test of skipped) {
    const suite = `${test.file}: ${test.ancestorTitles.find((title) => title !== '') ?? test.title}`
    bySuite.set(suite, (bySuite.get(suite) ?? 0) + 1)
  }
  const missing = programs.filter((program) => program.found === undefined).map((program) => program.name)
  const lines = [...bySuite].map(([suite, count]) => `    ${suite} (${count})`)
  const why = missing.length > 0 ? `not there: ${missing.join(', ')}` : 'see each suite'
  return [`  Could not run, counted as skipped (${why}):`, ...lines]
}
