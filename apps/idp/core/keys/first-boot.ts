import type { Clock } from '../clock.ts'
import { changeRing } from './change-ring.ts'
import { KeyFault } from './key-fault.ts'
import type { KeyMemory } from './key-memory.ts'
import { requireStrongSecret } from './key-secret.ts'
import type { KeySettings } from './key-settings.ts'
import { type OpenedRing, openStoredRing } from './opened-ring.ts'
import { raiseLives } from './renew.ts'
import { makeFirstRing, supply } from './rotate.ts'
import type { KeyStore, StoredRing } from './stored-ring.ts'

/** Where the ring lives, and what it is told. */
export type RingHome = {
  readonly store: KeyStore
  readonly memory: KeyMemory
  readonly clock: Clock
  readonly settings: KeySettings
}

/** The ring that a server starts with, and the keys of it that this start made. */
export type Established = { readonly opened: OpenedRing; readonly made: readonly string[] }

/**
 * Finds the ring, or makes the first one; of several racing starts one makes it and all use it. Refuses a weak or
 * wrong secret, and a store that lost its ring. Keys that may still sign are kept for the lifetimes that are set now, and
 * an algorithm that is set now and has no key gets its first one.
 */
export async function establishRing(home: RingHome): Promise<Established> {
  const { store, clock, settings } = home
  requireStrongSecret(settings.secret)
  const { ring, made } = await findOrMake(home)
  const opened = await openStoredRing(ring, settings.secret)
  const now = clock.now()
  const fitted = await changeRing(store, async (seen) => {
    const { ring: supplied, made: missing } = await supply(raiseLives(seen, settings, now), { now, settings })
    return { ring: supplied === seen ? seen : { ...supplied, version: seen.version + 1 }, made: missing }
  })
  if (fitted.ring.version === ring.version) return { opened, made }
  const joined = fitted.made.map(({ kid }) => kid)
  return { opened: await openStoredRing(fitted.ring, settings.secret), made: [...made, ...joined] }
}

async function findOrMake(home: RingHome): Promise<{ ring: StoredRing; made: readonly string[] }> {
  const { store, memory, clock, settings } = home
  const found = await store.read()
  if (found) return { ring: found, made: [] }
  const remembered = await memory.list()
  // A racing start stores its ring before it remembers the keys: what it remembered by now can be read by now.
  const meanwhile = await store.read()
  if (meanwhile) return { ring: meanwhile, made: [] }
  if (remembered.length > 0) throw new KeyFault('lost', lost(remembered.length))

  const first = await makeFirstRing({ now: clock.now(), settings })
  if ((await store.put(first, undefined)) === 'stored') return { ring: first, made: first.keys.map(({ kid }) => kid) }
  const winner = await store.read()
  if (!winner) throw new KeyFault('lost', 'the key ring vanished while it was being made')
  return { ring: winner, made: [] }
}

function lost(count: number): string {
  return (
    `the key store is empty, but the database remembers ${count} keys: with new ones every token would be void and ` +
    'everybody signed out. Restore the keys from a backup (keys.directory), or, where they are gone for good, make ' +
    'a new ring with: signet keys rotate'
  )
}
