import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import type { Clock } from '#core/clock.ts'
import type { KeySettings } from '#core/keys/key-settings.ts'
import { importKey } from '#core/keys/rotate.ts'
import type { Stores } from '#stores/stores.ts'

const generate = promisify(generateKeyPair)

/** RSA keys as PEM. To make one takes longer than to start all the rest of a server. */
const stock: Promise<string>[] = []

let taken = 0

/** The next test file may have the keys that servers of other files had. */
export function startOver(): void {
  taken = 0
}

/** A key that no other server of this test file has. */
function anRsaKey(): Promise<string> {
  const key = stock[taken] ?? makeRsaKey()
  stock[taken++] = key
  return key
}

async function makeRsaKey(): Promise<string> {
  const { privateKey } = await generate('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return privateKey
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
