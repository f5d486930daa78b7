import type { Entry, Record } from './history.ts'

/** What the outside can know of a family: its tokens in order, and everything that was asked about it. */
export type Lineage = {
  readonly family: string
  /** The session that its sign-in belongs to, and whether it ends with it. */
  readonly session: string | undefined
  /** Generations by the name of the token, from 1. */
  readonly generations: ReadonlyMap<string, number>
  /** Presentations of its refresh tokens, in the order in which they began. */
  readonly refreshes: readonly Entry[]
  /** What, where it arrived, rightly ended it: its own ends, and those of its session. */
  readonly ends: readonly Entry[]
  readonly introspections: readonly Entry[]
}

/** Every family of a record. */
export function lineages({ entries }: Record): readonly Lineage[] {
  const byFamily = Map.groupBy(
    entries.filter(({ family }) => family !== undefined),
    ({ family }) => family,
  )
  const endsBySession = Map.groupBy(
    entries.filter(({ ends, session, family }) => ends && session !== undefined && family === undefined),
    ({ session }) => session,
  )
  return [...byFamily].map(([family = '', own]) => {
    const session = own.find(({ act, session: bound }) => act === 'redeem' && bound !== undefined)?.session
    const ofSession = session === undefined ? [] : (endsBySession.get(session) ?? [])
    const refreshes = own.filter(({ act }) => act === 'refresh').sort((one, other) => one.begun - other.begun)
    return {
      family,
      session,
      generations: generationsOf(own),
      refreshes,
      ends: [...own.filter(({ ends }) => ends), ...ofSession],
      introspections: own.filter(({ act }) => act === 'introspect'),
    }
  })
}

function generationsOf(own: readonly Entry[]): ReadonlyMap<string, number> {
  const generations = new Map<string, number>()
  const answered = own.filter(({ done, delivered }) => done && delivered !== undefined)
  for (const { act, delivered = '' } of answered) if (act === 'redeem') generations.set(delivered, 1)
  // Answers may stand in another order than generations do: what is not known yet is looked at again.
  const rotations = answered.filter(({ act }) => act === 'refresh')
  for (let isNew = true; isNew; ) {
    isNew = false
    for (const { presented = '', delivered = '' } of rotations) {
      const before = generations.get(presented)
      if (before === undefined || generations.has(delivered)) continue
      generations.set(delivered, before + 1)
      isNew = true
    }
  }
  return generations
}

/** Whether this answer says that the family, or the session, is over: acknowledged ends, and refusals of what was its own. */
export function isCertainEnd({ act, done, error, ends, ended }: Entry, losses: Record['losses']): boolean {
  // A code that was forgotten is refused, and nobody knows any more what it began.
  if (act === 'redeem' && losses.some(({ at }) => at <= ended)) return false
  if (act === 'refresh' || (act === 'redeem' && ends)) return error === 'invalid_grant'
  return done && ends === true
}

/** Whether something that rightly ends it may have arrived before this moment. */
export function mayHaveEnded({ ends }: Lineage, before: number): boolean {
  return ends.some(({ begun }) => begun <= before)
}
