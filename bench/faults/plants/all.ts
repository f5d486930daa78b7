import { plantsInAnswers } from './in-answers.ts'
import { plantsInServers } from './in-servers.ts'
import { plantsInStores } from './in-stores.ts'
import type { Plant } from './plant.ts'

/** Every planted bug: at least one for each promise. */
export const plants: readonly Plant[] = [...plantsInStores, ...plantsInServers, ...plantsInAnswers]
