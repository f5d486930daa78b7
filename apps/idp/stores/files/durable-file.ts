import { open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** A file's text, or undefined where there is no such file. */
export async function findText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}

/**
 * Puts a file in place as a whole: whoever looks, also after a crash, sees the old content or the new. It lasts once
 * the directory is synced too. Readable by its owner alone (0600).
 */
export async function putFile(directory: string, name: string, text: string): Promise<void> {
  const temporary = join(directory, `${name}.tmp`)
  // A file that a crash left behind keeps the mode that it has: it goes first.
  await rm(temporary, { force: true })
  const file = await open(temporary, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, join(directory, name))
}

/** Makes the names in a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
