import { apisCreate } from './apis-create.ts'
import { apisDelete } from './apis-delete.ts'
import { apisList } from './apis-list.ts'
import { apisShow } from './apis-show.ts'
import { apisUpdate } from './apis-update.ts'

/** The verbs of `signet apis`, in the order in which `--help` shows them. */
export const apisVerbs = [apisList, apisShow, apisCreate, apisUpdate, apisDelete] as const
