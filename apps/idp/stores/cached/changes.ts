/** A record that somebody changed: which kind, and its id (a client's id, a person's subject, an API's audience). */
export type Change = { readonly kind: ChangeKind; readonly id: string }

const kinds = ['client', 'user', 'api'] as const

export type ChangeKind = (typeof kinds)[number]

/**
 * How machines tell each other what changed. A message that could not be sent follows when it can be; where the process
 * that had to send it has ended, memory is bounded by its age alone.
 */
export interface Changes {
  /** Tells every machine, now or as soon as it can. Settles whichever it is: what was changed is changed. */
  publish(change: Change): Promise<void>
  /** Hears what others publish from now on. `gap` is called whenever messages may have been missed. */
  listen(listeners: { changed(change: Change): void; gap(): void }): void
  /** Whether nothing can have been missed since the last `gap`, as far as this machine can know. */
  isListening(): boolean
}

/** A change as a message. */
export function writeChange({ kind, id }: Change): string {
  return `${kind}:${id}`
}

/** Reads a message; undefined for a kind that this version does not know. */
export function readChange(message: string): Change | undefined {
  const colon = message.indexOf(':')
  const kind = kinds.find((each) => each === message.slice(0, colon))
  return kind && { kind, id: message.slice(colon + 1) }
}
