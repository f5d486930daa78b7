import { Failure } from './exit-code.ts'
import { readStdin } from './secret-input.ts'

/** The token that a command is about: the argument, or `-` for stdin, which keeps it out of the process list. */
export async function tokenArgument(argument: string): Promise<string> {
  const token = (argument === '-' ? await readStdin() : argument).trim().replace(/^Bearer\s+/i, '')
  if (token === '')
    throw new Failure('usage', 'There is no token.', 'Give it as an argument, or pipe it in and write -.')
  return token
}
