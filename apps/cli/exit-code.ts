/** How the command ends. Scripts rely on these. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  configuration: 5,
  unavailable: 6,
  refused: 7,
  interrupted: 130,
} as const

export type ExitCode = keyof typeof exitCodes

/** A command cannot do what was asked: what happened, how to mend it, and how the process ends. */
export class Failure extends Error {
  readonly exit: ExitCode
  readonly mend: string | undefined

  constructor(exit: ExitCode, message: string, mend?: string) {
    super(message)
    this.name = 'Failure'
    this.exit = exit
    this.mend = mend
  }
}
