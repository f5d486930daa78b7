import { stripVTControlCharacters } from 'node:util'
import pc from 'picocolors'

/** Rows under headings, in columns as wide as they need. `empty` is said where there are no rows. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], empty: string): string {
  return rows.length === 0 ? empty : columns(headings)(rows).trimEnd()
}

/** Answers rows as lines, under headings the first time; columns become wider as rows need it, and never narrower. */
export function columns(headings: readonly string[]): (rows: readonly (readonly string[])[]) => string {
  const widths = headings.map(({ length }) => length)
  let isBegun = false
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd()
  return (rows) => {
    const shown = rows.map((row) => row.map(oneLine))
    for (const row of shown)
      for (const [at, { length }] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, length)
    const head = isBegun || rows.length === 0 ? [] : [pc.dim(line(headings))]
    isBegun ||= rows.length > 0
    return [...head, ...shown.map(line)].map((text) => `${text}\n`).join('')
  }
}

/** Names with their values, one per line; values that are undefined are left out. */
export function card(entries: { readonly [name: string]: unknown }): string {
  const known = Object.entries(entries).filter(([, value]) => value !== undefined && textOf(value) !== '')
  const width = Math.max(...known.map(([name]) => name.length))
  return known.map(([name, value]) => `${pc.dim(name.padEnd(width))}  ${oneLine(textOf(value))}`).join('\n')
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(', ')
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value)
}

/** What people typed cannot move the cursor or draw: no escape sequences, no line breaks. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return stripVTControlCharacters(text).replace(/[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, ' ')
}
