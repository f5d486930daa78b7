import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '#config/config.ts'
import { type DoctorFinding, fine, warning, wrong } from './doctor-finding.ts'

/** Whether the files that are worth a sign-in are their owner's alone. */
export function checkFiles({ data, database, redis, keys }: Config): readonly DoctorFinding[] {
  const usesData = database.url.startsWith('file:') || redis.url === undefined
  return [
    ...(usesData ? checkDirectory('data.directory', data.directory) : []),
    ...(keys.store === 'files' ? checkDirectory('keys.directory', keys.directory) : []),
  ]
}

function checkDirectory(setting: string, directory: string): readonly DoctorFinding[] {
  const mode = modeOf(directory)
  if (mode === undefined)
    return [warning(`${setting}: ${directory} is not there yet.`, 'It is made at the first start.')]
  const names = namesIn(directory)
  if (!names) {
    const mend = `Make it a directory that this account may read, or set ${setting}.`
    return [wrong(`${setting}: ${directory} cannot be read.`, mend)]
  }
  const open = names
    .map((name) => join(directory, name))
    .filter((path) => /\.(jwe|db|db-wal|db-shm)$|\/secret$/.test(path) && othersMay(modeOf(path)))
  if (!othersMay(mode) && open.length === 0) return [fine(`${setting}: ${directory} is its owner's alone.`)]
  if (open.length === 0)
    return [warning(`${setting}: others can look into ${directory}.`, `Run: chmod 700 ${directory}`)]
  return open.map((path) => wrong(`${setting}: others can read ${path}.`, `Run: chmod 600 ${path}`))
}

function namesIn(directory: string): readonly string[] | undefined {
  try {
    return readdirSync(directory)
  } catch {
    return undefined
  }
}

function othersMay(mode: number | undefined): boolean {
  return mode !== undefined && (mode & 0o077) !== 0
}

function modeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.mode
}
