import { usersCreate } from './users-create.ts'
import { usersDelete } from './users-delete.ts'
import { usersDisable } from './users-disable.ts'
import { usersEnable } from './users-enable.ts'
import { usersList } from './users-list.ts'
import { usersSetPassword } from './users-set-password.ts'
import { usersShow } from './users-show.ts'
import { usersUpdate } from './users-update.ts'

/** The verbs of `signet users`, in the order in which `--help` shows them. */
export const usersVerbs = [
  usersList,
  usersShow,
  usersCreate,
  usersUpdate,
  usersSetPassword,
  usersDisable,
  usersEnable,
  usersDelete,
] as const
