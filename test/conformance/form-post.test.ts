import { playPlan } from './support/play-plan.ts'

playPlan('Form Post')
