import { clientsCreate } from './clients-create.ts'
import { clientsDelete } from './clients-delete.ts'
import { clientsDisable } from './clients-disable.ts'
import { clientsEnable } from './clients-enable.ts'
import { clientsList } from './clients-list.ts'
import { clientsRotateSecret } from './clients-rotate-secret.ts'
import { clientsShow } from './clients-show.ts'
import { clientsUpdate } from './clients-update.ts'

/** The verbs of `signet clients`, in the order in which `--help` shows them. */
export const clientsVerbs = [
  clientsList,
  clientsShow,
  clientsCreate,
  clientsUpdate,
  clientsRotateSecret,
  clientsDisable,
  clientsEnable,
  clientsDelete,
] as const
