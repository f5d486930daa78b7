/** Some records of very many, and the place from which the next ones are asked for; undefined where there are none. */
export type Page<T> = { readonly records: readonly T[]; readonly next: string | undefined }

/** Asks for at most `most` records from a place on (`''`: the first). */
export type ListPage<T> = (place: string, most: number) => Promise<Page<T>>

/** How many records are held at once. */
const pageSize = 500

/** All records of a list that may be longer than the memory, a page at a time. */
export async function* pagesOf<T>(listPage: ListPage<T>): AsyncGenerator<readonly T[]> {
  for (let place: string | undefined = ''; place !== undefined; ) {
    const page: Page<T> = await listPage(place, pageSize)
    yield page.records
    place = page.next
  }
}
