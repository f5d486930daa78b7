import { randomBytes } from 'node:crypto'
import { aHand } from './hand.ts'
import { planNeeds, type Registration } from './plan-needs.ts'
import { isFailure, type ModuleResult, runModules } from './run-modules.ts'
import { type SignetOptions, startSignet } from './start-signet.ts'
import { suiteApi } from './suite-api.ts'
import { suiteCallback, suiteConfig } from './suite-config.ts'

export type PlanOptions = {
  readonly suite: string
  /** The address that the suite gives itself in what it sends, where it is another one. */
  readonly base: string
  readonly token?: string | undefined
  /** The suite's name of the plan, or ours. */
  readonly plan: string
  readonly signet: Pick<SignetOptions, 'issuer' | 'host' | 'tls'>
  readonly registration: Registration
  /** What the suite is told besides; each member replaces one of ours. */
  readonly config: object
  /** Milliseconds between two looks at a module. */
  readonly pollEvery: number
  readonly say: (line: string) => void
}

export type PlanResults = {
  readonly plan: string
  readonly variant: object
  readonly modules: readonly ModuleResult[]
  readonly failed: number
}

/** How long a module may take: some sleep for half a minute by themselves. */
const patience = 5 * 60_000

/** Runs a plan of the suite against a Signet that lives as long as the run. */
export async function runPlan(options: PlanOptions): Promise<PlanResults> {
  const { suite, base, registration, pollEvery, say } = options
  const needs = planNeeds(options.plan, registration)
  const alias = `signet-${randomBytes(6).toString('hex')}`
  const api = suiteApi(suite, options.token)
  const signet = await startSignet({ ...options.signet, suite: base, flags: needs.flags })
  const hand = aHand(api, signet.op)
  try {
    const isStatic = needs.variant.client_registration === 'static_client'
    const clients = isStatic ? await signet.clients(suiteCallback(base, alias)) : undefined
    const config = { ...suiteConfig({ op: signet.op, suite: base, alias, clients, ...needs }), ...options.config }
    const plan = await api.createPlan(needs.name, needs.variant, config)
    say(`${needs.name} ${JSON.stringify(needs.variant)}: ${new URL(`plan-detail.html?plan=${plan.id}`, suite)}`)
    const hands = {
      prepare: async (module: string) => {
        if (module === 'oidcc-server-rotate-keys') await signet.rotateKeys()
      },
      help: (id: string) => hand.help(id),
    }
    const modules: ModuleResult[] = []
    for await (const each of runModules(api, plan, { hands, pollEvery, patience: patience / pollEvery })) {
      modules.push(each)
      tell(each, say)
    }
    const failed = modules.filter(isFailure).length
    say(`${modules.length} modules, ${failed} failed`)
    return { plan: needs.name, variant: needs.variant, modules, failed }
  } finally {
    await hand.close()
    await signet.close()
  }
}

function tell({ result, module, variant, conditions }: ModuleResult, say: (line: string) => void): void {
  say(`${result.padEnd(11)} ${module}${variant ? ` ${JSON.stringify(variant)}` : ''}`)
  for (const condition of conditions) say(`            ${condition}`)
}
