/** A bug that only the bench has: a text of the product that is replaced while the file is loaded. */
export type Plant = {
  readonly name: string
  /** What goes wrong. */
  readonly bug: string
  /** The promise that must catch it, by the name of its invariant. */
  readonly caughtBy: string
  /** The scenario that shows it at its small size. */
  readonly scenario: string
  readonly edits: readonly Edit[]
}

/** `find` stands exactly once in the file. */
export type Edit = { readonly file: string; readonly find: string; readonly replace: string }

/** The text with the bug in it; throws where what it replaces is not there, or not once, any more. */
export function applyEdit(source: string, { file, find, replace }: Edit): string {
  const times = source.split(find).length - 1
  if (times !== 1) throw new Error(`the planted bug replaces a text that stands ${times} times in ${file}: ${find}`)
  return source.replace(find, () => replace)
}
