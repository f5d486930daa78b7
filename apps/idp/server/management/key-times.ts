import { later } from '#core/clock.ts'
import type { StoredKey } from '#core/keys/stored-ring.ts'

/** When the live key of one algorithm took over, and when its successor is due. */
export type KeyTimes = { readonly alg: string; readonly since: Date; readonly due: Date }

/** What of a stored key its times follow from. */
type Dated = Pick<StoredKey, 'alg' | 'signsFrom'> & { readonly compromisedAt?: Date | undefined }

/**
 * The times of each algorithm's succession. `due` is the next take-over: the published successor's date where there is
 * one, else `rotateEvery` seconds after the live key's. A `due` that lies in the past is a rotation that did not happen.
 */
export function keyTimes(keys: readonly Dated[], rotateEvery: number, now: Date): readonly KeyTimes[] {
  const usable = keys.filter((key) => key.compromisedAt === undefined)
  const algs = [...new Set(usable.map((key) => key.alg))]
  return algs.flatMap((alg) => {
    const line = usable.filter((key) => key.alg === alg).sort((a, b) => a.signsFrom.getTime() - b.signsFrom.getTime())
    const live = line.findLast((key) => key.signsFrom <= now)
    const next = line.find((key) => key.signsFrom > now)
    if (!live) return []
    return [{ alg, since: live.signsFrom, due: next?.signsFrom ?? later(live.signsFrom, rotateEvery) }]
  })
}
