import { openRegistration } from './support/flags.ts'
import { playPlan } from './support/play-plan.ts'

playPlan('Basic', { stores: 'real', flags: openRegistration })
