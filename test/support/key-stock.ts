import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import type { Clock } from '#core/clock.ts'
import type { KeySettings } from '#core/keys/key-settings.ts'
import { importKey } from '#core/keys/rotate.ts'
import type { Stores } from '#stores/stores.ts'

const generate = promisify(generateKeyPair)

/** RSA keys as PEM. To make one takes longer than to start all the rest of a server. */
const stock: Promise<string>[] = []

let file: string | undefined
let taken = 0

/** A key that no other server of this test file has; those of other files may have had it before. */
function anRsaKey(): Promise<string> {
  const { testPath } = expect.getState()
  if (testPath !== file) taken = 0
  file = testPath
  stock[taken] ??= generate('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).then(({ privateKey }) => privateKey)
  return stock[taken++] ?? anRsaKey()
}

/**
 * Lays a ring with an RSA key from the stock where there is none yet, as an operator imports one; the server that is
 * started over it makes the other keys itself.
 */
export async function layFirstKey(
  { keys, keyMemory }: Pick<Stores, 'keys' | 'keyMemory'>,
  { clock, settings }: { readonly clock: Clock; readonly settings: KeySettings },
): Promise<void> {
  if ((await keys.read()) || (await keyMemory.list()).length > 0) return
  const occasion = { now: clock.now(), settings }
  const { ring } = await importKey({ version: 0, keys: [] }, { file: { text: await anRsaKey() }, ...occasion })
  await keys.put(ring, undefined)
}
