import { reject } from '../oauth/rejection.ts'

/** Whether a key of the ring signs with this algorithm. */
export type Signs = (alg: string) => boolean

/** Refuses an algorithm that has no key: every sign-in that needs it would fail. By field; undefined asks for none. */
export function requireSigner(signs: Signs, wished: { readonly [field: string]: string | undefined }): void {
  for (const [field, alg] of Object.entries(wished)) {
    if (alg === undefined || signs(alg)) continue
    reject('policy', field, `No key signs with ${alg}. Make one first: signet keys rotate --alg ${alg}`)
  }
}
