import { establishRing, type RingHome } from './first-boot.ts'
import { KeyFault } from './key-fault.ts'
import type { KeyState } from './key-state.ts'
import { type OpenedRing, openStoredRing } from './opened-ring.ts'
import { renew } from './renew.ts'
import { type RingView, viewRing } from './ring-view.ts'

/** A new version of the ring is in use. */
export type RingChange = {
  readonly states: readonly KeyState[]
  /** The keys that this process made, for the audit trail; others' are told by them. */
  readonly made: readonly string[]
}

/** Options of {@link openKeyRing}. */
export type KeyRingOptions = RingHome & {
  /** Told of the ring at start and of every change. Must not throw. */
  readonly onChange?: (change: RingChange) => void
  /** Told when polling failed; the ring stays as it is and polling goes on. Must not throw. */
  readonly onError?: (error: unknown) => void
}

/** Holds the version of the ring that is in use, and brings it up to date. */
export type RingKeeper = {
  readonly view: () => RingView
  /** When the store was last asked, and answered, whether the version in use is the latest. */
  readonly checkedAt: () => Date
  readonly refresh: () => Promise<void>
  readonly rotateDue: (now: Date) => Promise<readonly string[]>
}

/** Establishes the ring and keeps it. A look or a change that fails leaves the version in use as it is. */
export async function keepRing({ onChange, ...home }: KeyRingOptions): Promise<RingKeeper> {
  const { store, clock, settings } = home
  const remember = rememberIn(home)
  let checkedAt = clock.now()
  const first = await establishRing(home)
  let view = viewRing(first.opened, settings)
  let looking: Promise<void> | undefined

  async function use(opened: OpenedRing, made: readonly string[]): Promise<void> {
    view = viewRing(opened, settings)
    onChange?.({ states: view.list(clock.now()), made })
    await remember(opened)
  }

  async function look(): Promise<void> {
    const before = view
    const begun = clock.now()
    if ((await store.version()) === before.opened.stored.version) {
      checkedAt = begun
      return remember(before.opened)
    }
    const stored = await store.read()
    if (!stored) throw new KeyFault('lost', 'the key store is empty; this server goes on with the keys it knows')
    const opened = await openStoredRing(stored, settings.secret)
    // A newer version may have come into use meanwhile; then the next look compares again.
    if (view !== before) return
    checkedAt = begun
    await use(opened, [])
  }

  function refresh(): Promise<void> {
    looking ??= look().finally(() => {
      looking = undefined
    })
    return looking
  }

  async function rotateDue(now: Date): Promise<readonly string[]> {
    await refresh()
    const { stored } = view.opened
    const { ring, made } = await renew(stored, settings, now)
    if (ring === stored) return []
    if ((await store.put(ring, stored.version)) === 'conflict') return refresh().then(() => [])
    const kids = made.map(({ kid }) => kid)
    await use(await openStoredRing(ring, settings.secret), kids)
    return kids
  }

  await use(first.opened, first.made)
  return { view: () => view, checkedAt: () => checkedAt, refresh, rotateDue }
}

/** Tells the memory of every key once. What could not be told is told at the next look. */
function rememberIn({ memory }: RingHome): (opened: OpenedRing) => Promise<void> {
  const told = new Set<string>()
  return async ({ stored }) => {
    const untold = stored.keys.map(({ kid }) => kid).filter((kid) => !told.has(kid))
    if (untold.length === 0) return
    await memory.put(untold)
    for (const kid of untold) told.add(kid)
  }
}
