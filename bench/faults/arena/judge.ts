import type { Violation } from '../history/violation.ts'
import { invariants } from '../invariants/all.ts'
import { noSecrets } from '../invariants/no-secrets.ts'
import type { Arena } from './arena.ts'

/** Every promise that was broken, by what was seen and by what the machines have logged. */
export function judge({ history, machines, canaries }: Arena): readonly Violation[] {
  const logs = machines.map((machine) => ({ name: machine.name, text: machine.log() }))
  return [...invariants.flatMap((one) => one.judge(history)), ...noSecrets(logs, canaries.list())]
}
