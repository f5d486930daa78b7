import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Record } from './history.ts'
import type { Violation } from './violation.ts'

/** Writes everything that was seen to a file, one line of JSON each, the violations first: for whoever looks for why. */
export function writeHistory(file: string, record: Record, violations: readonly Violation[]): void {
  const lines = [
    ...violations.map((violation) => ({ violation })),
    ...record.windows.map((window) => ({ window })),
    ...record.losses.map((loss) => ({ loss })),
    ...record.expectations.map((expectation) => ({ expectation })),
    ...record.looks.map((look) => ({ look })),
    ...record.verifications.filter(({ fault }) => fault !== undefined).map((verification) => ({ verification })),
    ...record.entries,
  ]
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`)
}
