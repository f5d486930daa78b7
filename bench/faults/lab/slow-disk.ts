import { execFileSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab } from './lab.ts'

/** A disk whose flushes take as long as we say, for the servers that are given its environment. */
export type SlowDisk = {
  readonly environment: { readonly [name: string]: string }
  /** Milliseconds that each flush takes from now on. */
  slowDown(milliseconds: number): void
  /** Whether a flush is waiting at this moment. */
  isFlushing(): boolean
  /** Forgets the mark of a flush that was killed. */
  forget(): void
}

/** Why there can be no slow disk here; undefined where there can. */
export function whyNoSlowDisk(): string | undefined {
  try {
    execFileSync('cc', ['--version'], { stdio: 'ignore' })
    return process.platform === 'linux' ? undefined : 'a busy disk is made by LD_PRELOAD, which needs Linux'
  } catch {
    return 'no C compiler (cc) to make a busy disk with'
  }
}

/** Compiles `slow-disk.c` for this run. */
export function makeSlowDisk(lab: Lab): SlowDisk {
  const folder = lab.newFolder('slow-disk')
  const [library, delay, pending] = ['slow-disk.so', 'delay', 'pending'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  const source = join(import.meta.dirname, 'slow-disk.c')
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl'], { stdio: 'pipe' })
  writeFileSync(delay, '0')
  return {
    environment: { LD_PRELOAD: library, SLOW_DISK_DELAY: delay, SLOW_DISK_PENDING: pending },
    slowDown: (milliseconds) => writeFileSync(delay, String(milliseconds)),
    isFlushing: () => existsSync(pending),
    forget: () => rmSync(pending, { force: true }),
  }
}
