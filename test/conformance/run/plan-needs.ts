import { type Plan, plans } from '../plans.ts'
import { frontChannel, openRegistration } from '../support/flags.ts'

/** What a plan has to be given: the variants that it lets one choose, and settings of Signet that are off by default. */
export type PlanNeeds = {
  readonly name: string
  readonly variant: { readonly [name: string]: string }
  readonly flags: { readonly [setting: string]: string }
  /** The suite's scripted browser knows no frames that talk to each other: a real one is needed. */
  readonly needsRealBrowser: boolean
}

export type Registration = 'dynamic_client' | 'static_client'

const choosesResponseType = ['Dynamic', '3rd-party-initiated login', ...logout()]
const choosesRegistration = ['Basic', 'Form Post', 'Implicit', 'Hybrid', ...logout()]
const choosesMetadata = ['Basic', 'Form Post', 'Implicit', 'Hybrid']
/** Dynamic too: its registration must offer what a provider without the implicit flow cannot. */
const needsFrontChannel = ['Implicit', 'Hybrid', 'Dynamic']

function logout(): readonly string[] {
  return ['RP-initiated logout', 'Back-channel logout', 'Front-channel logout', 'Session management']
}

/** Finds a plan by its name at the suite, or by what we call it, and says what it needs. */
export function planNeeds(wanted: string, registration: Registration): PlanNeeds {
  const plan = findPlan(wanted) ?? findPlan(wanted.replace('-formpost-', '-'))
  if (!plan) throw new Error(`no plan ${wanted}; there are ${plans.map(({ name }) => name).join(', ')}`)
  const { title } = plan
  const name = plan.title.toLowerCase() === wanted.toLowerCase() ? plan.name : wanted
  const variant = {
    ...(choosesMetadata.includes(title) && { server_metadata: 'discovery' }),
    ...(choosesRegistration.includes(title) && { client_registration: registration }),
    ...(choosesResponseType.includes(title) && { response_type: 'code' }),
  }
  const flags: Record<string, string> = {
    ...(registration === 'dynamic_client' && openRegistration),
    ...(needsFrontChannel.includes(title) && frontChannel),
  }
  return { name, variant, flags, needsRealBrowser: title === 'Session management' }
}

function findPlan(wanted: string): Plan | undefined {
  return plans.find(({ name, title }) => name === wanted || title.toLowerCase() === wanted.toLowerCase())
}
