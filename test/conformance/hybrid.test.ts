import { frontChannel, openRegistration } from './support/flags.ts'
import { playPlan } from './support/play-plan.ts'

playPlan('Hybrid', { flags: { ...openRegistration, ...frontChannel } })
