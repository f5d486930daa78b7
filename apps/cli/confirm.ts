import { Failure } from './exit-code.ts'
import type { Output } from './output.ts'
import type { Caution } from './verb.ts'

/** What is about to be destroyed: a sentence, and the name that a person types to agree. */
export type Danger = { readonly what: string; readonly name: string }

/**
 * Goes on only with a person's word: `--yes`, or the name typed at a terminal. Answers false for a dry run, after saying
 * what would be done. Without a terminal it fails and names the flag.
 */
export async function confirmed({ what, name }: Danger, caution: Caution, output: Output): Promise<boolean> {
  if (caution.dryRun) {
    output.show({ dryRun: true, would: what }, () => `Would: ${what}`)
    return false
  }
  if (caution.yes) return true
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new Failure('usage', `${what} Nobody is there to confirm it.`, 'Add --yes to do it, or --dry-run to see it.')
  }
  const { isCancel, text } = await import('@clack/prompts')
  output.talk(what)
  const typed = await text({ message: `Type ${name} to go on`, output: process.stderr })
  if (isCancel(typed)) throw new Failure('interrupted', 'Nothing was changed.')
  if (typed !== name) throw new Failure('failed', `That is not ${name}. Nothing was changed.`)
  return true
}
