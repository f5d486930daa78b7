import { setTimeout as wait } from 'node:timers/promises'

/** When a key was first and last seen in the JWKS, and when the first token came that it had signed: milliseconds. */
type Sighting = { readonly alg: string; readonly first: number; last: number; signed: number | undefined }

/** How long keys may be there, in seconds. */
export type Terms = {
  /** From the signature of a successor until its predecessors must have left. */
  readonly farewell: number
  /** From publication to the first signature. */
  readonly notice: number
}

/** Looks at the JWKS without any cache, and at the tokens that come. */
export type JwksWatch = {
  /** Tells of a token that has just come. */
  noteToken(token: string): void
  /** Stops looking; answers what could not be explained. */
  end(): Promise<{ readonly seen: number; readonly left: number; readonly most: number; readonly faults: string[] }>
}

const pause = 150
/** Milliseconds that a look may come late on a busy machine. */
const lag = 700

/** Starts to look, several times a second. */
export function watchJwks(issuer: string, terms: Terms): JwksWatch {
  const kids = new Map<string, Sighting>()
  let most = 0
  let lastToken = 0
  let isOver = false

  async function look(): Promise<void> {
    const before = Date.now()
    const response = await fetch(`${issuer}/.well-known/jwks.json`)
    const { keys } = (await response.json()) as { keys: { kid: string; alg: string }[] }
    most = Math.max(most, keys.length)
    for (const { kid, alg } of keys) {
      const known = kids.get(kid)
      if (known) known.last = before
      else kids.set(kid, { alg, first: before, last: before, signed: undefined })
    }
  }

  async function keepLooking(): Promise<void> {
    for (; !isOver; await wait(pause)) await look()
  }

  const looking = keepLooking()
  return {
    noteToken(token) {
      lastToken = Date.now()
      const { kid = '' }: { kid?: string } = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
      const known = kids.get(kid)
      if (known) known.signed ??= Date.now()
    },
    async end() {
      isOver = true
      await looking
      await look()
      const now = Date.now()
      const faults = [...kids].flatMap(([kid, sighting]) => faultOf(kid, sighting, { kids, terms, lastToken }))
      const left = [...kids.values()].filter(({ last }) => last < now - 2 * lag).length
      return { seen: kids.size, left, most, faults }
    },
  }
}

type Context = { readonly kids: ReadonlyMap<string, Sighting>; readonly terms: Terms; readonly lastToken: number }

/** A key is explained while it signs, shortly before, and until what it signed has expired. */
function faultOf(kid: string, { alg, first, last, signed }: Sighting, { kids, terms, lastToken }: Context): string[] {
  const later = [...kids.values()].filter((other) => other.alg === alg && other.first > first)
  const superseded = Math.min(...later.flatMap((other) => (other.signed === undefined ? [] : [other.signed])))
  const late = last - (superseded + terms.farewell * 1000)
  if (late > lag) return [`${alg} ${kid} was in the JWKS ${(late / 1000).toFixed(1)} s longer than anything it signed`]
  const waits = lastToken - (first + terms.notice * 1000)
  const idle = signed === undefined && superseded === Number.POSITIVE_INFINITY && waits > 3 * lag
  return idle
    ? [`${alg} ${kid} has been in the JWKS for ${((lastToken - first) / 1000).toFixed(1)} s and never signed`]
    : []
}
