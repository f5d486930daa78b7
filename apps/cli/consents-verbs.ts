import { consentsList } from './consents-list.ts'
import { consentsRevoke } from './consents-revoke.ts'

/** The verbs of `signet consents`, in the order in which `--help` shows them. */
export const consentsVerbs = [consentsList, consentsRevoke] as const
