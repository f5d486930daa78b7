import { keysImport } from './keys-import.ts'
import { keysList } from './keys-list.ts'
import { keysReseal } from './keys-reseal.ts'
import { keysRetire } from './keys-retire.ts'
import { keysRotate } from './keys-rotate.ts'

/** The verbs of `signet keys`, in the order in which `--help` shows them. */
export const keysVerbs = [keysList, keysRotate, keysRetire, keysImport, keysReseal] as const
