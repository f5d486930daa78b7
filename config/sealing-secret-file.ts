import { randomBytes } from 'node:crypto'
import { chmodSync, linkSync, mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Finding } from './config-error.ts'

/** What the file in the key directory came to: a secret, nothing there, or something wrong with it. */
export type SecretFile = { readonly secret: string; readonly path: string } | { readonly finding: Finding } | undefined

/** Reads the secret that `signet dev` made in the key directory. Refuses a file that others can read. */
export function readSealingSecret(directory: string): SecretFile {
  const path = join(directory, 'secret')
  const wrong = (fault: string, mend: string): SecretFile => ({
    finding: { setting: 'keys.secret', source: path, fault, mend },
  })
  try {
    if ((statSync(path).mode & 0o077) !== 0) return wrong('Others can read the file.', `Run: chmod 600 ${path}`)
    return { secret: readFileSync(path, 'utf8').trim(), path }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    return wrong('The file cannot be read.', 'Run Signet as the user who owns it.')
  }
}

/** Makes the secret with rights for the owner alone. Of several first starts at once, all end with the same one. */
export function makeSealingSecret(directory: string): SecretFile {
  const draft = join(directory, `.secret.${process.pid}`)
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flush: true })
    chmodSync(draft, 0o600)
    linkWhereNone(draft, join(directory, 'secret'))
    unlinkSync(draft)
  } catch {
    const mend = 'Set keys.directory to a place where Signet may write.'
    return { finding: { setting: 'keys.secret', source: directory, fault: 'It cannot be made there.', mend } }
  }
  return readSealingSecret(directory)
}

function linkWhereNone(draft: string, path: string): void {
  try {
    linkSync(draft, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}
