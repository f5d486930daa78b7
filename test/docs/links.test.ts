import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { readSources } from '../shape/source.ts'

const pages = readSources('.').filter(({ path }) => path.endsWith('.md'))
const programs = readSources('.').filter(({ path, tree }) => tree && /^(apps|config|prisma)\//.test(path))
const decisions = readdirSync('docs/decisions').filter((file) => /^\d{4}-/.test(file))

test.each(pages.map(({ path, text }) => ({ path, text })))('every link of $path leads to a file', ({ path, text }) => {
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) => link)
  expect(links.filter((link) => !existsSync(join(dirname(path), link)))).toEqual([])
})

test('every decision is cited from the code that follows from it, and every citation leads to one', () => {
  const cited = programs.flatMap(({ text }) =>
    [...text.matchAll(/docs\/decisions\/(\d{4})/g)].map(([, number]) => number),
  )
  expect([...new Set(cited)].sort()).toEqual(decisions.map((file) => file.slice(0, 4)).sort())
})

test('a decision is half a page, and says what would change it', () => {
  for (const file of decisions) {
    const text = readFileSync(`docs/decisions/${file}`, 'utf8')
    expect(text.split('\n').length, file).toBeLessThanOrEqual(30)
    expect(text, file).toContain('**Would change it.**')
  }
})
