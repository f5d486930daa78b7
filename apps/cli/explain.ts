import { CommanderError } from 'commander'
import { ConfigError } from '#config/config-error.ts'
import { KeyFault, type KeyFaultCode } from '#core/keys/key-fault.ts'
import { Unavailable } from '#core/oauth/error.ts'
import { Rejection, type RejectionCode } from '#core/oauth/rejection.ts'
import { type ExitCode, Failure } from './exit-code.ts'

/** What is said of an error, and how the process ends. `said`: whoever threw it has told already. */
export type Explanation = { readonly exit: ExitCode; readonly lines: readonly string[] }

const ofRejection: { readonly [Code in RejectionCode]: ExitCode } = {
  malformed: 'usage',
  policy: 'refused',
  missing: 'notFound',
  taken: 'conflict',
  conflict: 'conflict',
}

const ofKeyFault: { readonly [Code in KeyFaultCode]: ExitCode } = {
  weak_secret: 'configuration',
  wrong_secret: 'configuration',
  damaged: 'failed',
  lost: 'failed',
  missing: 'notFound',
  unknown_key: 'notFound',
  refused_key: 'refused',
  refused: 'refused',
  conflict: 'conflict',
}

/** Turns whatever a command threw into words and an exit code. Nothing is said that the error itself would not say. */
export function explain(error: unknown): Explanation {
  if (error instanceof CommanderError) return { exit: error.exitCode === 0 ? 'done' : 'usage', lines: [] }
  if (error instanceof Failure) return { exit: error.exit, lines: [error.message, ...(error.mend ? [error.mend] : [])] }
  if (error instanceof ConfigError) return { exit: 'configuration', lines: [error.message] }
  if (error instanceof Rejection) return { exit: ofRejection[error.code], lines: error.faults.map(({ what }) => what) }
  if (error instanceof KeyFault) return { exit: ofKeyFault[error.code], lines: [sentence(error.message)] }
  if (error instanceof Unavailable) return { exit: 'unavailable', lines: [sentence(error.message), ...causeOf(error)] }
  if (error instanceof Error) return { exit: 'failed', lines: [sentence(error.message)] }
  return { exit: 'failed', lines: [String(error)] }
}

/** Why a store cannot answer, as the network said it; database errors may quote rows and stay unsaid. */
function causeOf(error: Unavailable): readonly string[] {
  const { cause } = error
  return cause instanceof Error && 'code' in cause ? [`(${String(cause.code)})`] : []
}

function sentence(text: string): string {
  const whole = text.charAt(0).toUpperCase() + text.slice(1)
  return /[.!?]$/.test(whole) ? whole : `${whole}.`
}
