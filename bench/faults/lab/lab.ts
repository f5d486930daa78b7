import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A scratch folder, and everything that was opened in it: closed in the opposite order. */
export type Lab = {
  readonly folder: string
  /** An empty folder in the scratch folder, for one server. */
  newFolder(name: string): string
  /** Has `close` called when the laboratory closes. */
  defer(close: () => void | Promise<void>): void
  close(): Promise<void>
}

/** Opens a laboratory. Its folder goes with it, and with this program at the latest. */
export function openLab(): Lab {
  const folder = mkdtempSync(join(tmpdir(), 'signet-lab-'))
  // Other accounts walk through: PostgreSQL does not run as root.
  chmodSync(folder, 0o711)
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  const guard = spawn('sh', ['-c', 'cat; sleep 1; rm -rf "$0"', folder], { stdio: ['pipe', 'ignore', 'ignore'] })
  guard.unref()
  const opened = new AsyncDisposableStack()
  let count = 0
  return {
    folder,
    newFolder(name) {
      const path = join(folder, `${name}-${count++}`)
      mkdirSync(path)
      return path
    },
    defer: (close) => opened.defer(close),
    async close() {
      await opened.disposeAsync()
      guard.kill('SIGKILL')
      process.off('exit', remove)
      remove()
    },
  }
}
