import { later } from '#core/clock.ts'
import type { KeyState } from '#core/keys/key-state.ts'

/** When the live key of one algorithm took over, and when its successor is due. */
export type KeyTimes = { readonly alg: string; readonly since: Date; readonly due: Date }

/**
 * The times of each signing algorithm's succession. `due` is the next take-over: the published successor's date where
 * there is one, else `rotateEvery` seconds after the live key's. A `due` in the past is a rotation that did not happen.
 */
export function keyTimes(
  keys: readonly Pick<KeyState, 'alg' | 'use' | 'signsFrom' | 'state'>[],
  rotateEvery: number,
): readonly KeyTimes[] {
  const live = keys.filter((key) => key.use === 'sig' && key.state === 'active')
  return live.map(({ alg, signsFrom }) => {
    const successors = keys.filter((key) => key.alg === alg && key.state === 'next')
    const next = successors.map((key) => key.signsFrom).sort((one, other) => +one - +other)[0]
    return { alg, since: signsFrom, due: next ?? later(signsFrom, rotateEvery) }
  })
}
