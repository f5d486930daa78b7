import { tokensInspect } from './tokens-inspect.ts'
import { tokensRevoke } from './tokens-revoke.ts'

/** The verbs of `signet tokens`, in the order in which `--help` shows them. */
export const tokensVerbs = [tokensInspect, tokensRevoke] as const
