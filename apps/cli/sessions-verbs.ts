import { sessionsList } from './sessions-list.ts'
import { sessionsRevoke } from './sessions-revoke.ts'

/** The verbs of `signet sessions`, in the order in which `--help` shows them. */
export const sessionsVerbs = [sessionsList, sessionsRevoke] as const
