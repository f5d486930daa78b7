import { chmod, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { KeyFault } from '#core/keys/key-fault.ts'
import type { KeyStore, StoredKey, StoredRing } from '#core/keys/stored-ring.ts'
import { Unavailable } from '#core/oauth/error.ts'
import { withDirectoryLock } from './directory-lock.ts'
import { findText, putFile, syncDirectory } from './durable-file.ts'
import { type RingFile, readRingFile, writeRingFile } from './ring-file.ts'

/**
 * The key ring in a directory of one machine: `ring.json` says everything public, `<kid>.jwe` holds a sealed private
 * part. Every change is whole or not there, whenever the process dies: sealed parts are written under names that the
 * ring in use does not know, and come into use with the one rename of `ring.json`.
 */
export function openFileKeyStore(directory: string): KeyStore {
  const path = join(directory, 'ring.json')

  async function readPublic(): Promise<RingFile | undefined> {
    const text = await findText(path)
    return text === undefined ? undefined : readRingFile(text, path)
  }

  async function read(): Promise<StoredRing | undefined> {
    const ring = await readPublic()
    if (!ring) return undefined
    const sealed = await Promise.all(ring.keys.map(({ file }) => findText(join(directory, file))))
    // A change that came in between has replaced what these names stood for.
    if ((await readPublic())?.version !== ring.version) return read()
    const missing = ring.keys.find((_, at) => sealed[at] === undefined)
    if (missing) throw new KeyFault('damaged', absent(join(directory, missing.file)))
    return { version: ring.version, keys: ring.keys.map((key, at) => key.withSealed((sealed[at] ?? '').trim())) }
  }

  async function replace(ring: StoredRing, seen: number | undefined): Promise<'stored' | 'conflict'> {
    const old = await readPublic()
    if (old?.version !== seen) return 'conflict'
    const files = await putSealed(directory, ring, old)
    await putFile(
      directory,
      'ring.json',
      writeRingFile(ring, (key) => files.get(key) ?? ''),
    )
    await syncDirectory(directory)
    await removeStrays(directory, new Set(files.values()))
    return 'stored'
  }

  return {
    read: () => orUnavailable(read),
    version: () => orUnavailable(async () => (await readPublic())?.version),
    put: (ring, seen) =>
      orUnavailable(async () => {
        await prepare(directory)
        return withDirectoryLock(directory, () => replace(ring, seen))
      }),
  }
}

/** Writes the private parts that are new, each under a name that the ring in use does not know, and syncs them. */
async function putSealed(
  directory: string,
  ring: StoredRing,
  old: RingFile | undefined,
): Promise<ReadonlyMap<StoredKey, string>> {
  const used = new Set(old?.keys.map(({ file }) => file))
  const files = new Map<StoredKey, string>()
  for (const key of ring.keys) {
    const kept = [...used].find((file) => file.split('.')[0] === key.kid)
    if (kept && (await findText(join(directory, kept)))?.trim() === key.sealed) {
      files.set(key, kept)
      continue
    }
    const file = kept === `${key.kid}.jwe` ? `${key.kid}.1.jwe` : `${key.kid}.jwe`
    await putFile(directory, file, `${key.sealed}\n`)
    files.set(key, file)
  }
  await syncDirectory(directory)
  return files
}

/** Removes sealed parts that the ring does not name, and what a crash left half written. */
async function removeStrays(directory: string, named: ReadonlySet<string>): Promise<void> {
  for (const file of await readdir(directory)) {
    const isStray = file.endsWith('.tmp') || (file.endsWith('.jwe') && !named.has(file))
    if (isStray) await rm(join(directory, file), { force: true })
  }
}

async function prepare(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await chmod(directory, 0o700).catch((error) => {
    // A mounted volume may belong to someone else; the files in it are ours alone all the same.
    if (error.code !== 'EPERM') throw error
  })
}

/** What the file system refuses is for an operator to mend: 503, with the path in the log. */
async function orUnavailable<Result>(work: () => Promise<Result>): Promise<Result> {
  return work().catch((error) => {
    if (error instanceof KeyFault || error instanceof Unavailable) throw error
    throw new Unavailable(`the key store cannot be used: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    })
  })
}

function absent(path: string): string {
  return `${path} is missing, but ring.json names it; restore the keys directory from a backup`
}
