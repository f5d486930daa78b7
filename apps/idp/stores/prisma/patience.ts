/** Seconds that a statement, or its wait for a lock, may take; and how many connections a process has (PostgreSQL). */
export type DatabaseLimits = {
  readonly connections?: number
  readonly statementTimeout?: number
  readonly lockTimeout?: number
}

/** How patient we are with a database; all times in milliseconds. */
export type Patience = {
  readonly connections: number
  /** Until a connection is there, new or from the pool. */
  readonly connect: number
  readonly statement: number
  readonly lock: number
  /** Until a call is settled, whatever the database does. */
  readonly settle: number
  /** How many calls may be under way or waiting; beyond it they are told at once. */
  readonly calls: number
}

/** With nothing said, a call settles within 1.8 s: in time for a request that is answered within 2 s. */
export function patienceOf({ connections = 10, statementTimeout = 1.5, lockTimeout = 1 }: DatabaseLimits): Patience {
  const statement = Math.ceil(statementTimeout * 1000)
  return {
    connections,
    connect: Math.ceil((statement * 2) / 3),
    statement,
    lock: Math.ceil(lockTimeout * 1000),
    settle: statement + 300,
    calls: connections + 1000,
  }
}
