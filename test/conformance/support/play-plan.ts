import { afterAll, beforeAll, describe, test } from 'vitest'
import type { ServerOptions } from '#test/support/server.ts'
import { modules } from '../modules/modules.ts'
import { plans, runTitle } from '../plans.ts'
import { anOp, type Op } from './op.ts'
import { play } from './stage.ts'

/** Plays a plan's modules as tests of their names, all on one provider; those that run once have a file of their own. */
export function playPlan(title: string, options: ServerOptions = {}): void {
  const plan = plans.find((each) => each.title === title)
  if (!plan) throw new Error(`no plan ${title}`)
  describe(`${plan.title}: ${plan.name}`, () => {
    let op: Op
    beforeAll(async () => {
      op = await anOp(options)
    })
    afterAll(() => op.close())

    for (const run of plan.runs) {
      const module = modules[run.module]
      if (module) test(runTitle(run), () => play(op, run, module))
    }
  })
}
