import type { Change, Changes } from '#stores/cached/changes.ts'

/** A channel that several machines share in memory; a test cuts it, and loses what is sent meanwhile. */
export type Bus = {
  /** One machine's end of it. */
  join(): Changes
  /** What was published, whether it was heard or not. */
  readonly said: readonly Change[]
  /** Messages are lost from now on, and nobody notices. */
  lose(): void
  /** The connections break, and everybody notices. */
  cut(): void
  mend(): void
}

/** A bus that works. */
export function aBus(): Bus {
  const listeners: Parameters<Changes['listen']>[0][] = []
  const said: Change[] = []
  let state: 'whole' | 'losing' | 'cut' = 'whole'
  const gap = () => listeners.forEach((each) => void each.gap())
  return {
    said,
    join: () => ({
      async publish(change) {
        said.push(change)
        if (state === 'whole') for (const each of listeners) each.changed(change)
      },
      listen: (each) => void listeners.push(each),
      isListening: () => state !== 'cut',
    }),
    lose() {
      state = 'losing'
    },
    cut() {
      state = 'cut'
      gap()
    },
    mend() {
      if (state === 'cut') gap()
      state = 'whole'
    },
  }
}
