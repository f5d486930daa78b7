import { readdirSync, readFileSync } from 'node:fs'
import { modules } from './modules/modules.ts'
import { type Plan, plans, type Run, runTitle } from './plans.ts'

/** A test that stands for a module; `title` is how its own title begins. */
export type ModuleTest = { readonly file: string; readonly title: string; readonly asserts: string }

/** A module of a plan, and the tests of its name: played on a stage, written out, or both. */
export type StandIn = { readonly plan: Plan; readonly run: Run; readonly tests: readonly ModuleTest[] }

const folder = import.meta.dirname
const files = readdirSync(folder).filter((name) => name.endsWith('.test.ts') && name !== 'table.test.ts')

/** Every module of every plan, and the tests that stand for it. */
export function standIns(): readonly StandIn[] {
  return plans.flatMap((plan) =>
    plan.runs.map((run) => ({ plan, run, tests: [...played(plan, run), ...written(plan, run)] })),
  )
}

function played(plan: Plan, run: Run): readonly ModuleTest[] {
  const module = modules[run.module]
  const file = files.find((each) => textOf(each).includes(`playPlan('${plan.title}'`))
  return module && file ? [{ file, title: runTitle(run), asserts: module.asserts }] : []
}

/** Where several plans have a module, what is written out for one response type stands for the others by being played. */
const playedByMany = new Set(['Basic', 'Form Post', 'Implicit', 'Hybrid'])

/** Tests whose title begins with the module's name; what comes after the colon is what they assert. */
function written({ title: plan }: Plan, { module }: Run): readonly ModuleTest[] {
  if (playedByMany.has(plan)) return []
  const begins = String.raw`^\s*(?:test[\w.]*(?:\(\w+\))?\()?\[?\s*(['"\x60])`
  const title = new RegExp(`${begins}${module}: ([^\\n]*?)\\1,`, 'gm')
  return files.flatMap((file) => {
    const asserts = [...textOf(file).matchAll(title)].map(([, , text = '']) => text)
    return asserts.length > 0 ? [{ file, title: module, asserts: asserts.join('; ') }] : []
  })
}

const texts = new Map<string, string>()

function textOf(file: string): string {
  const text = texts.get(file) ?? readFileSync(`${folder}/${file}`, 'utf8')
  texts.set(file, text)
  return text
}
