/** Opens something that may be away, and is told whether it is. */
export type WhileAway = {
  /** What became of the latest attempt that has ended. */
  note(isAway: boolean): void
  /**
   * As `open`, but while it is away one attempt at a time is made, for all who ask meanwhile: they go on when it succeeds,
   * and reject with it. Each connection that was given up is one that a server has to look at, and turn away, before it
   * answers anybody when it goes on.
   */
  open<T>(open: () => Promise<T>): Promise<T>
}

/** Begins with what is not away. */
export function oneWhileAway(): WhileAway {
  let isAway = false
  let trying: Promise<unknown> | undefined
  return {
    note(now) {
      isAway = now
    },
    async open(open) {
      if (isAway && trying) await trying
      const opening = open()
      if (isAway && !trying) {
        trying = opening
        const forget = () => {
          trying = undefined
        }
        opening.then(forget, forget)
      }
      return opening
    },
  }
}
