import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { postgresBinaries } from '#test/support/postgres.ts'
import { thisCheckout } from '../lab/machine.ts'
import type { Outcome, Scenario } from '../scenarios/scenario.ts'

/** A scenario that ran, or could not. */
export type Run = {
  readonly scenario: Scenario
  readonly amount: number
  readonly seed: number
  readonly seconds: number
  readonly outcome: Outcome
}

/** Where the report of a scenario belongs. */
export function reportFile(scenario: string): string {
  return join(thisCheckout, 'docs/evidence', `faults-${scenario}.md`)
}

/** Writes what was seen as Markdown, with the same as JSON at its end: how to repeat it, on what it ran, the figures. */
export async function writeReport(run: Run, file: string): Promise<void> {
  const { scenario, amount, seed, seconds, outcome } = run
  const command = `npm run faults -- --scenario ${scenario.name} --amount ${amount} --seed ${seed}`
  const about = { command, date: new Date(Date.now()).toISOString(), seconds, ...surroundings() }
  const lines = [
    `# ${scenario.title}`,
    '',
    ...Object.entries(about).map(([name, value]) => `- ${name}: ${name === 'command' ? `\`${value}\`` : value}`),
    '',
    ...resultOf(scenario, outcome),
    '',
    '`kill -9` does not show power loss: the kernel keeps what was written. Times are of this machine.',
    '',
    '```json',
    JSON.stringify({ scenario: scenario.name, amount, seed, ...about, ...outcome }, undefined, 2),
    '```',
  ]
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${lines.join('\n')}\n`)
}

function resultOf(scenario: Scenario, outcome: Outcome): readonly string[] {
  if ('notRun' in outcome) return [`Not run: ${outcome.notRun}.`]
  const { figures, violations } = outcome
  const expected = scenario.mustFail ? ' This setting is known to lose, and the bench must see it.' : ''
  return [
    '| what | how much |',
    '|---|---|',
    ...Object.entries(figures).map(([name, value]) => `| ${name} | ${value} |`),
    '',
    `**${violations.length} violations.**${expected}`,
    ...violations.slice(0, 20).map(({ invariant, what }) => `- ${invariant}: ${what}`),
  ]
}

function surroundings(): Readonly<Record<string, string>> {
  const [cpu] = cpus()
  return {
    commit: said('git', ['rev-parse', '--short', 'HEAD']),
    node: process.version,
    redis: said('redis-server', ['--version']).replace(/ sha=.*/, ''),
    postgresql: said(join(postgresBinaries()?.folder ?? '', 'postgres'), ['--version']),
    machine: `${cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, ${process.platform}`,
  }
}

function said(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, {
      encoding: 'utf8',
      cwd: thisCheckout,
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return 'unknown'
  }
}
