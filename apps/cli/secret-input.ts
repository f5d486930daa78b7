import { Failure } from './exit-code.ts'

/** What is asked for, and the flag by which a script hands it in. */
export type SecretQuestion = { readonly what: string; readonly flag: string; readonly fromStdin: boolean | undefined }

const longestInput = 65_536

/** Reads a secret from stdin or, at a terminal, by a prompt that does not echo. Never from an argument. */
export async function readSecret({ what, flag, fromStdin }: SecretQuestion): Promise<string> {
  if (fromStdin && !process.stdin.isTTY) {
    const secret = (await readStdin()).replace(/\r?\n$/, '')
    if (secret === '') throw new Failure('usage', `stdin holds no ${what}.`)
    return secret
  }
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new Failure('usage', `A ${what} is needed, and nobody is there to be asked.`, `Pipe it in and add ${flag}.`)
  }
  const { isCancel, password } = await import('@clack/prompts')
  const typed = await password({ message: `The ${what}`, output: process.stderr })
  if (isCancel(typed)) throw new Failure('interrupted', 'Nothing was changed.')
  return typed ?? ''
}

/** All of stdin, as text. Fails where it is longer than anything a command reads. */
export async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of process.stdin) {
    chunks.push(chunk)
    length += chunk.length
    if (length > longestInput) throw new Failure('usage', `stdin holds more than ${longestInput} bytes.`)
  }
  return Buffer.concat(chunks).toString('utf8')
}
