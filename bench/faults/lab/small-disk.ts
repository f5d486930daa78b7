import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab } from './lab.ts'

/** A file system of a few megabytes that can be full. */
export type SmallDisk = {
  readonly folder: string
  /** Takes all the room that is left. */
  fill(): void
  /** Gives it back. */
  free(): void
}

/** Mounts a small tmpfs; answers why it cannot be where it cannot. */
export function mountSmallDisk(lab: Lab, megabytes: number): SmallDisk | string {
  const folder = lab.newFolder('small-disk')
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0777`, 'tmpfs', folder], { stdio: 'pipe' })
  } catch {
    return 'no tmpfs can be mounted here'
  }
  lab.defer(() => void execFileSync('umount', ['-l', folder], { stdio: 'pipe' }))
  const ballast = join(folder, 'ballast')
  return {
    folder,
    fill() {
      const piece = Buffer.alloc(64 * 1024)
      try {
        for (;;) writeFileSync(ballast, piece, { flag: 'a' })
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
      }
    },
    free: () => rmSync(ballast, { force: true }),
  }
}
