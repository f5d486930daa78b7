/** Named checks; one that rejects, or does not settle in time, fails. */
export type Checks = { readonly [name: string]: () => Promise<void> }

/** Where a server stands between its start and its end. */
export type Readiness = {
  /** Every check by name, and whether it passes now; `accepting` is one of them. */
  look(): Promise<ReadonlyMap<string, boolean>>
  /** Everything is wired and listening. */
  begin(): void
  /** The server is shutting down: not ready from now on, so that nobody sends it more. */
  drain(): void
  hasStarted(): boolean
}

const patience = 2000

/** Runs the checks of a server on demand; a check that hangs counts as failed after two seconds. */
export function openReadiness(checks: Checks): Readiness {
  let state: 'starting' | 'accepting' | 'draining' = 'starting'

  return {
    async look() {
      const names = Object.entries(checks)
      const passes = await Promise.all(names.map(async ([name, check]) => [name, await passesInTime(check)] as const))
      return new Map([['accepting', state === 'accepting'], ...passes])
    },
    begin() {
      if (state === 'starting') state = 'accepting'
    },
    drain() {
      state = 'draining'
    },
    hasStarted: () => state !== 'starting',
  }
}

async function passesInTime(check: () => Promise<void>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), patience)
  Promise.resolve()
    .then(check)
    .then(
      () => resolve(true),
      () => resolve(false),
    )
  return promise.finally(() => clearTimeout(timer))
}
