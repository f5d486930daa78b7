import { readFileSync } from 'node:fs'
import pc from 'picocolors'
import { exitCodes } from './exit-code.ts'
import { explain } from './explain.ts'
import { signet } from './program.ts'

/**
 * Runs the command and sets the exit code; never throws. Files that it makes are for their owner alone: the database
 * holds password hashes, the key ring signs for everybody.
 */
export async function main(argv: readonly string[]): Promise<void> {
  process.umask(0o077)
  process.stdout.on('error', leaveOnClosedPipe)
  const completes = isCompletion(argv)
  try {
    const program = await signet(version(), completes ? undefined : argv.slice(2))
    if (completes) (await import('@bomb.sh/tab/commander')).default(program, { completionCommandName: 'completion' })
    else program.command('completion <shell>').description('a completion script: zsh, bash, fish or powershell')
    await program.parseAsync([...argv])
  } catch (error) {
    const { exit, lines } = explain(error)
    const [what, ...more] = lines
    if (what !== undefined) process.stderr.write(`${[`${pc.red('signet:')} ${what}`, ...more].join('\n')}\n`)
    process.exitCode = exitCodes[exit]
  }
}

function isCompletion(argv: readonly string[]): boolean {
  const noun = argv.slice(2).find((word) => !word.startsWith('-'))
  return noun === 'completion' || noun === 'complete'
}

/** Whoever reads our data may stop reading, as `head` does: that is no failure. */
function leaveOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(exitCodes.done)
  throw error
}

function version(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return manifest.version
}
