import { reject } from '../oauth/rejection.ts'

/** Whether a key of the ring signs with this algorithm. */
export type Signs = (alg: string) => boolean

/** Whether a key of the ring opens what was encrypted to us with this algorithm (RFC 7518 §4.1). */
export type Opens = (alg: string) => boolean

/** Refuses an algorithm that nothing here opens: every request object that came with it would be refused. */
export function requireOpener(opens: Opens, field: string, alg: string | undefined): void {
  if (alg === undefined || opens(alg)) return
  reject('policy', field, `No key of this server opens ${alg}: see keys.encryptionAlgs.`)
}

/** Refuses an algorithm that has no key: every sign-in that needs it would fail. By field; undefined asks for none. */
export function requireSigner(signs: Signs, wished: { readonly [field: string]: string | undefined }): void {
  for (const [field, alg] of Object.entries(wished)) {
    if (alg === undefined || signs(alg)) continue
    reject('policy', field, `No key signs with ${alg}. Make one first: signet keys rotate --alg ${alg}`)
  }
}
