/** One thing that keeps a registration from being made. */
export type Fault = {
  /** The property at fault, by the name it has inside, for instance `redirectUris`. */
  readonly field: string
  /** What is wrong and what would be right, in one sentence. Never quotes a secret. */
  readonly what: string
  /** Refused by a rule of safety, not for its form. */
  readonly policy?: boolean
}

export type RejectionCode = 'malformed' | 'policy' | 'missing' | 'taken' | 'conflict'

/**
 * A client, API or person cannot be registered or changed as asked. For whoever asked (the command, the operators' API):
 * all faults at once. Protocol endpoints answer {@link OAuthError} instead.
 */
export class Rejection extends Error {
  readonly code: RejectionCode
  readonly faults: readonly Fault[]

  constructor(code: RejectionCode, faults: readonly Fault[]) {
    super(faults.map(({ what }) => what).join('\n'))
    this.name = 'Rejection'
    this.code = code
    this.faults = faults
  }
}

/** Throws where there are faults: `malformed` if one is of form, else `policy`. */
export function rejectFaults(faults: readonly Fault[]): void {
  if (faults.length === 0) return
  throw new Rejection(faults.every(({ policy }) => policy) ? 'policy' : 'malformed', faults)
}

/** Throws a rejection with one fault. */
export function reject(code: RejectionCode, field: string, what: string): never {
  throw new Rejection(code, [{ field, what }])
}
