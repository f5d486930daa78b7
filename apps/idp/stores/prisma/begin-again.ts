/** A process that is gone began this index, and PostgreSQL is still at it: what comes of it is known when it is done. */
export class IndexUnderWay extends Error {
  override readonly name = 'IndexUnderWay'
}

/** What PostgreSQL says where a lock was not to be had, or two waited for each other. */
const lockCodes: readonly unknown[] = ['55P03', '40P01']

/** Whether a migration has only found something locked, so that nothing was changed and it may begin again. */
export function mayBeginAgain(error: unknown): boolean {
  if (error instanceof IndexUnderWay) return true
  return error instanceof Error && 'code' in error && lockCodes.includes(error.code)
}
