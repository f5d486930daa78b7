import type { Command } from 'commander'
import pc from 'picocolors'

/** What a command says: data on stdout, for programs and people; talk on stderr, for people. */
export type Output = {
  readonly json: boolean
  /** Data: the value itself with `--json`, else the text. */
  show(value: unknown, text: () => string): void
  talk(text: string): void
  /** Something that should not be overlooked. */
  warn(text: string): void
}

/** Options that every command has. */
export type EveryOption = {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly config?: string
  readonly set?: readonly string[]
}

/** The output of one run of a command. */
export function outputOf(command: Command): Output {
  const { json = false, quiet = false } = command.optsWithGlobals<EveryOption>()
  return {
    json,
    show: (value, text) => void process.stdout.write(`${json ? JSON.stringify(value, undefined, 2) : text()}\n`),
    talk: (text) => void (quiet || process.stderr.write(`${text}\n`)),
    warn: (text) => void process.stderr.write(`${pc.yellow('Note:')} ${text}\n`),
  }
}
