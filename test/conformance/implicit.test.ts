import { frontChannel, openRegistration } from './support/flags.ts'
import { playPlan } from './support/play-plan.ts'

playPlan('Implicit', { flags: { ...openRegistration, ...frontChannel } })
