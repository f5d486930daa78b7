/** One thing that `signet doctor` looked at: right, worth a look, or wrong; and how to mend it. */
export type DoctorFinding = {
  readonly level: 'ok' | 'warning' | 'error'
  readonly what: string
  readonly mend?: string
}

/** All is well there. */
export function fine(what: string): DoctorFinding {
  return { level: 'ok', what }
}

/** It works and could hurt. */
export function warning(what: string, mend: string): DoctorFinding {
  return { level: 'warning', what, mend }
}

/** It does not work, or is not safe. */
export function wrong(what: string, mend: string): DoctorFinding {
  return { level: 'error', what, mend }
}
