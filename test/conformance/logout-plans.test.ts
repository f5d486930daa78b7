import { playPlan } from './support/play-plan.ts'

playPlan('RP-initiated logout')
playPlan('Back-channel logout', { flags: { 'outbound.allow': 'localhost' } })
playPlan('Front-channel logout')
