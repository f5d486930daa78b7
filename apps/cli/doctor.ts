import type { Command } from 'commander'
import pc from 'picocolors'
import type { DoctorFinding } from './doctor-finding.ts'
import { exitCodes } from './exit-code.ts'
import { outputOf } from './output.ts'
import { oneLine } from './table.ts'
import { verb } from './verb.ts'

/** `signet doctor`: what is wrong and how to mend it; exit 1 when something is. */
export function doctor(program: Command): void {
  verb(program, 'doctor', {
    about: 'Look at settings, files, clock, database, Redis, keys and TLS: what is wrong and how to mend it.',
    examples: ['signet doctor', 'signet doctor --json        exit 1 when something is wrong'],
  }).action(async (_flags: object, self: Command) => {
    const { examine } = await import('./doctor-examine.ts')
    const findings = await examine(self)
    const ok = findings.every(({ level }) => level !== 'error')
    outputOf(self).show({ ok, findings }, () => findings.map(lineOf).join('\n'))
    if (!ok) process.exitCode = exitCodes.failed
  })
}

const marks = { ok: pc.green('✓'), warning: pc.yellow('!'), error: pc.red('✗') }

function lineOf({ level, what, mend }: DoctorFinding): string {
  return [`${marks[level]} ${oneLine(what)}`, ...(mend ? [`  ${pc.dim(oneLine(mend))}`] : [])].join('\n')
}
