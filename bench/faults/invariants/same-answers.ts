import { invariant } from '../history/violation.ts'

/** Milliseconds in which machines agree. */
export const agreement = 1000

/** No stickiness: whoever is asked, the answer is the same. What is inactive never becomes active again. */
export const sameAnswers = invariant(
  'same-answers',
  'both machines give the same answer within a second',
  function* ({ entries }) {
    const asked = entries.filter(
      ({ act, access, active }) => act === 'introspect' && access !== undefined && active !== undefined,
    )
    for (const answers of Map.groupBy(asked, ({ access }) => access).values()) {
      const dead = answers.filter(({ active }) => active === false).sort((one, other) => one.ended - other.ended)[0]
      const alive = dead && answers.find(({ active, begun }) => active === true && begun > dead.ended + agreement)
      if (dead && alive)
        yield { what: `inactive at ${dead.machine}, later active at ${alive.machine}`, entries: [dead, alive] }
    }
  },
)
