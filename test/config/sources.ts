import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Config } from '#config/config.ts'
import { ConfigError, type Finding } from '#config/config-error.ts'
import { loadConfig, type Sources } from '#config/load.ts'

/** A folder that goes when the test ends. */
export function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'signet-config-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A file in a folder of its own. */
export function aFile(name: string, text: string, mode = 0o600): string {
  const path = join(aFolder(), name)
  writeFileSync(path, text, { mode })
  return path
}

/** 256 random bits, written once for all tests. */
export const strongSecret = 'kq3vYwq2mWz0cQe1T8bX5nL7sJ4hR6uDfGpA9iOyZtE='

/** What `signet serve` needs at least. */
export const enough = { SIGNET_ISSUER: 'https://id.example.com', SIGNET_KEYS_SECRET: strongSecret }

/** The configuration of `signet serve`. */
export function load(sources: Partial<Sources>): Config {
  return loadConfig({ flags: {}, mode: 'serve', ...sources, env: { ...enough, ...sources.env } })
}

/** The error that these sources end in. */
export function failure(sources: Partial<Sources>): ConfigError {
  try {
    load(sources)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('the configuration was taken')
}

/** What is wrong with these sources. */
export function faults(sources: Partial<Sources>): readonly Finding[] {
  return failure(sources).findings
}
