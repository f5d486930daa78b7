import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import type { ClientStore } from '#core/clients/client-store.ts'
import type { Clock } from '#core/clock.ts'

export type AllowedOriginsParts = {
  readonly clients: Pick<ClientStore, 'listAfter'>
  /** Another number after each change of a client; undefined while a change may be missed. Without it nobody tells. */
  readonly clientChanges?: (() => number | undefined) | undefined
  readonly clock: Clock
}

type Origins = ReadonlySet<string>

/** `at` is when the read began, and `changes` what was told until then. */
type Known = {
  readonly origins: Origins
  readonly at: number
  readonly changes: number | undefined
  /** Milliseconds. */
  readonly took: number
}

/** Milliseconds for which what was read is believed: while changes are heard, and while they are not. */
const freshFor = { hearing: 30_000, deaf: 5000 } as const

/** What a read took is one part of so many of the time, and the pause after it no longer than so many milliseconds. */
const restAfter = { parts: 50, most: 60_000 } as const

/** Milliseconds that a request waits for the clients where their origins are known from before. */
const patience = 300

/** Clients that are read at once, so that all others have their turn. */
const pageSize = 500

/**
 * Makes the question whether a browser at an origin may call the token endpoint, UserInfo and revocation: it is listed
 * in `cors.origins`, or some client's people are led back to it. Anybody may ask it as often as they like: the clients
 * are read again when one has changed, or after a while, and however many they are, that takes a small part of the time.
 * Where it fails or takes long, what they were before is believed, so that an app in the browser is as well off as others.
 */
export function allowedOrigins(
  { clients, clientChanges = () => undefined, clock }: AllowedOriginsParts,
  listed: readonly string[],
): (origin: string) => Promise<boolean> {
  let known: Known | undefined
  let reading: Promise<Known> | undefined
  const now = () => clock.now().getTime()

  function isFresh({ at, took, changes }: Known): boolean {
    const age = now() - at
    const told = clientChanges()
    const isHearing = told !== undefined && changes !== undefined
    const rest = Math.min(took * restAfter.parts, restAfter.most)
    const bound = isHearing ? (told === changes ? freshFor.hearing : 0) : freshFor.deaf
    return age >= 0 && age < Math.max(bound, rest)
  }

  function read(): Promise<Known> {
    if (reading) return reading
    const begun = { at: now(), changes: clientChanges() }
    const current = originsOf(clients).then((origins) => {
      known = { ...begun, origins, took: now() - begun.at }
      return known
    })
    const over = () => {
      reading = undefined
    }
    current.then(over, over)
    reading = current
    return current
  }

  async function readOrBelieve(): Promise<Known> {
    if (!known) return read()
    if (isFresh(known)) return known
    const before = known
    return Promise.race([read().catch(() => before), wait(patience, before, { ref: false })])
  }

  return async (origin) => listed.includes(origin) || (await readOrBelieve()).origins.has(origin)
}

async function originsOf(clients: AllowedOriginsParts['clients']): Promise<Origins> {
  const origins = new Set<string>()
  let page = await clients.listAfter('', pageSize)
  while (page.length > 0) {
    for (const { redirectUris } of page) for (const uri of redirectUris) addWebOrigin(origins, uri)
    await turn()
    page = page.length < pageSize ? [] : await clients.listAfter(page.at(-1)?.id ?? '', pageSize)
  }
  return origins
}

function addWebOrigin(origins: Set<string>, uri: string): void {
  const url = /^https?:\/\//.test(uri) ? URL.parse(uri) : null
  if (url) origins.add(url.origin)
}
