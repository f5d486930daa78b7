import { type Command, InvalidArgumentError, Option } from 'commander'
import { parseDuration } from '#config/duration.ts'

/** How a command introduces itself. */
export type Introduction = { readonly about: string; readonly examples: readonly string[] }

/** Adds a command under a noun (or under `signet` itself), its examples first in `--help`. */
export function verb(noun: Command, usage: string, { about, examples }: Introduction): Command {
  const added = noun.command(usage).description(about)
  return added.addHelpText('before', `Examples:\n${examples.map((example) => `  ${example}`).join('\n')}\n`)
}

/** For whatever changes something. */
export function dryRunOption(): Option {
  return new Option('-n, --dry-run', 'say what would be done, and do nothing')
}

/** For whatever destroys something. */
export function yesOption(): Option {
  return new Option('-y, --yes', 'do not ask (for scripts)')
}

/** What the two options above come to. */
export type Caution = { readonly dryRun?: boolean; readonly yes?: boolean }

/** Reads a flag such as `--overlap 1h` into seconds. */
export function durationFlag(text: string): number {
  const seconds = parseDuration(text)
  if (seconds === undefined)
    throw new InvalidArgumentError('Write a number with its unit, for instance 30s, 10m, 1h or 7d.')
  return seconds
}

/** Names that were given one by one or several in one text, separated by blanks. */
export function names(given: readonly string[] | undefined): readonly string[] | undefined {
  return given && [...new Set(given.flatMap((text) => text.split(/[\s,]+/)).filter((name) => name !== ''))]
}

/** A date such as `2026-11-22` or `2026-11-22T08:00:00Z`, or a duration ago such as `24h`. */
export function sinceFlag(text: string): Date {
  const seconds = parseDuration(text)
  const date = seconds === undefined ? new Date(text) : new Date(Date.now() - seconds * 1000)
  if (Number.isNaN(date.getTime())) throw new InvalidArgumentError('Write a date (2026-11-22) or how long ago (24h).')
  return date
}
