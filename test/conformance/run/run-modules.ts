import { setTimeout as delay } from 'node:timers/promises'
import type { LogEntry, PlannedModule, SuiteApi } from './suite-api.ts'

/** How a module ended, and what the suite holds against us. */
export type ModuleResult = {
  readonly module: string
  readonly id: string
  readonly variant: unknown
  /** PASSED, WARNING, REVIEW, SKIPPED or FAILED; INTERRUPTED or TIMED OUT where it did not come to an end. */
  readonly result: string
  readonly conditions: readonly string[]
}

/** What a module needs from outside of the suite while it runs. */
export type Hands = {
  /** Called for a module that waits to be started. */
  prepare(module: string): Promise<void>
  /** Called while a module waits: for addresses that the suite's own browser does not know. */
  help(id: string): Promise<void>
}

export type RunOptions = { readonly pollEvery: number; readonly patience: number; readonly hands: Hands }

/** Results that a certification takes. */
const acceptable = ['PASSED', 'WARNING', 'REVIEW', 'SKIPPED']

/** Whether a result would stand in the way of a certification. */
export function isFailure({ result }: ModuleResult): boolean {
  return !acceptable.includes(result)
}

/** Runs the modules of a plan, one after the other, as the suite's own script does. */
export async function* runModules(
  api: SuiteApi,
  plan: { readonly id: string; readonly modules: readonly PlannedModule[] },
  options: RunOptions,
): AsyncGenerator<ModuleResult> {
  for (const planned of plan.modules) {
    const { id } = await api.createModule(plan.id, planned)
    const result = await untilEnd(api, id, { ...options, module: planned.testModule })
    const conditions = (await api.log(id)).filter(isHeldAgainstUs).map(conditionOf)
    yield { module: planned.testModule, id, variant: planned.variant, result, conditions }
  }
}

/** `patience`: how often it is asked at most. */
async function untilEnd(
  api: SuiteApi,
  id: string,
  { module, hands, pollEvery, patience }: RunOptions & { readonly module: string },
): Promise<string> {
  for (let asked = 0; asked < patience; asked++) {
    const { status, result } = await api.info(id)
    if (status === 'FINISHED') return result ?? 'UNKNOWN'
    if (status === 'INTERRUPTED') return 'INTERRUPTED'
    if (status === 'CONFIGURED') {
      await hands.prepare(module)
      await api.start(id)
    }
    if (status === 'WAITING') await hands.help(id)
    await delay(pollEvery)
  }
  return 'TIMED OUT'
}

function isHeldAgainstUs({ result }: LogEntry): boolean {
  return result === 'FAILURE' || result === 'WARNING'
}

function conditionOf({ result, src, msg, requirements }: LogEntry): string {
  const why = requirements?.length ? ` (${requirements.join(', ')})` : ''
  return `${result}: ${src}: ${msg}${why}`
}
