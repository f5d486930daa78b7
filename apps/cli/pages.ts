import type { Page } from '#core/clients/client-store.ts'
import type { Output } from './output.ts'
import { columns } from './table.ts'

/** How many records are read, and shown, together: there may be very many. */
const pageSize = 500

type ListPage<T> = (place: string, most: number) => Promise<Page<T>>

/** All records of a list, a page at a time. */
export async function* pagesOf<T>(listPage: ListPage<T>): AsyncGenerator<readonly T[]> {
  for (let place: string | undefined = ''; place !== undefined; ) {
    const page: Page<T> = await listPage(place, pageSize)
    yield page.records
    place = page.next
  }
}

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
