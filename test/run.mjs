/*
 * `npm test`: the checks, then every suite, then what ran against what. Arguments go to vitest, and the checks are left
 * out: `npm test -- test/flows`. Ends with `N passed, N failed, N skipped`, and with 1 where anything failed.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findPrograms, installMissing } from './run/programs.mjs'
import { readTally, tellSkipped } from './run/tally.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const binaries = join(root, 'node_modules/.bin')
const node = join(binaries, 'node')
const wanted = process.argv.slice(2)

process.chdir(root)
process.env.PATH = `${binaries}${delimiter}${process.env.PATH ?? ''}`

/** Runs a program to its end; answers whether it went well. Its input is empty: nothing here asks a person. */
function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })
    const pass = (signal) => child.kill(signal)
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, pass)
    child.on('error', (error) => {
      say(`${command}: ${error.message}`)
      resolve(false)
    })
    child.on('exit', (code) => {
      for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, pass)
      resolve(code === 0)
    })
  })
}

function say(line = '') {
  process.stdout.write(`${line}\n`)
}

async function check() {
  if (wanted.length > 0) return { passed: 0, failed: 0, line: 'checks: left out, because suites were named' }
  const npm = process.env.npm_execpath
  const isGood = npm ? await run(process.execPath, [npm, 'run', 'check']) : await run('npm', ['run', 'check'])
  const line = `checks (types, lint, unused): ${isGood ? 'passed' : 'FAILED, see above'}`
  return { passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, line }
}

async function suites() {
  const folder = mkdtempSync(join(tmpdir(), 'signet-test-run-'))
  const file = join(folder, 'results.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const isGood = await run(node, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...reporters, ...wanted])
    return readTally({ file, root, isGood })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (!existsSync(node)) {
  say('node_modules is missing or not whole: run `npm ci` first')
  say('0 passed, 1 failed, 0 skipped')
  process.exit(1)
}

const checks = await check()
await installMissing(await findPrograms(node), { run, say })
const programs = await findPrograms(node)
const tally = await suites()

say('\nWhat ran against what')
say(`  ${checks.line}`)
for (const { name, found, why } of programs) say(`  ${name}: ${found ?? `NOT THERE; ${why}`}`)
for (const line of tellSkipped(tally, programs)) say(line)
if (tally.trouble) say(`  ${tally.trouble}`)
const failed = checks.failed + tally.failed
say()
say(`${checks.passed + tally.passed} passed, ${failed} failed, ${tally.skipped.length} skipped`)
process.exitCode = failed === 0 ? 0 : 1
