import { type ListPage, pagesOf } from '#core/page.ts'
import type { Output } from './output.ts'
import { columns } from './table.ts'

/** What is shown of each record: as JSON, and in the columns of a table. */
type Shown<T> = {
  readonly json: (record: T) => unknown
  readonly headings: readonly string[]
  readonly row: (record: T) => readonly string[]
  /** What is said where there is none. */
  readonly empty: string
}

/** Shows a list as `Output.show` would, but never holds more than a page of it. */
export async function showPages<T>(output: Output, listPage: ListPage<T>, shown: Shown<T>): Promise<void> {
  const textOf = output.json ? jsonPages(shown.json) : tablePages(shown)
  for await (const page of pagesOf(listPage)) await write(textOf.page(page))
  await write(textOf.end())
}

type Pages<T> = { page(records: readonly T[]): string; end(): string }

/** One array, as `JSON.stringify` indents it. */
function jsonPages<T>(json: Shown<T>['json']): Pages<T> {
  let before = '['
  return {
    page(records) {
      const texts = records.map((record) => {
        const text = `${before}\n${JSON.stringify(json(record), undefined, 2).replace(/^/gm, '  ')}`
        before = ','
        return text
      })
      return texts.join('')
    },
    end: () => (before === '[' ? '[]\n' : '\n]\n'),
  }
}

function tablePages<T>({ headings, row, empty }: Shown<T>): Pages<T> {
  const lines = columns(headings)
  let isEmpty = true
  return {
    page(records) {
      isEmpty &&= records.length === 0
      return lines(records.map(row))
    },
    end: () => (isEmpty ? `${empty}\n` : ''),
  }
}

/** Waits for a reader that is slower; one that has left ends the process (`main.ts`). */
async function write(text: string): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()))
}
