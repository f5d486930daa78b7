/** Lets whoever makes work wake whoever does it, in this process. Work is looked for without it too, a little later. */
export type Bell = {
  ring(): void
  /** Has the one listener called at every ring from now on. */
  hear(listener: () => void): void
}

/** A bell that nobody hears yet. */
export function openBell(): Bell {
  let heard = () => {}
  return {
    ring: () => heard(),
    hear(listener) {
      heard = listener
    },
  }
}
