/** Secrets that must never stand anywhere but where they belong: the last thousands that were made or handed out. */
export type Canaries = {
  add(kind: string, secret: string): void
  /** Every secret with its kind. */
  list(): ReadonlyMap<string, string>
}

const most = 200_000

/** An empty cage. */
export function openCanaries(): Canaries {
  const secrets = new Map<string, string>()
  return {
    add(kind, secret) {
      // Short ones would be found where nobody put them.
      if (secret.length < 12) return
      secrets.set(secret, kind)
      if (secrets.size > most) secrets.delete(secrets.keys().next().value ?? '')
    },
    list: () => secrets,
  }
}
