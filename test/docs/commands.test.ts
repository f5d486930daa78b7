import { readdirSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { signet } from '#cli/program.ts'

const pages = [
  'README.md',
  ...['docs/guides', 'docs/decisions', 'docs/operations'].flatMap((folder) =>
    readdirSync(folder).map((file) => `${folder}/${file}`),
  ),
]

/** Every command line that a page shows, in blocks and in running text; a line that goes on after a backslash is one. */
function commandLines(page: string): readonly string[] {
  const text = readFileSync(page, 'utf8').replace(/\\\n\s*/g, ' ')
  const inBlocks = [...text.matchAll(/^signet .*$/gm)].map(([line]) => line.replace(/ {3,}.*$/, ''))
  const inline = [...text.matchAll(/`(signet [^`]+)`/g)].map(([, line = '']) => line)
  const inRules = [...text.matchAll(/(signet (?:audit|sessions|keys|users) [^:;,.?'"`]*)/g)].map(
    ([, line = '']) => line,
  )
  return page.endsWith('.md') ? [...inBlocks, ...inline] : inRules
}

function find(parent: Command, [noun, ...more]: readonly string[]): Command | undefined {
  const first = parent.commands.find((command) => command.name() === noun)
  return first && first.commands.length > 0 ? find(first, more) : first
}

const program = await signet('0')
const shown = pages.flatMap((page) => commandLines(page).map((line) => ({ page, line })))

test('the pages show commands', () => {
  expect(shown.length).toBeGreaterThan(25)
})

test.each(shown)('$page: $line', ({ line }) => {
  const words = line.split(/\s+/).slice(1)
  if (words.length === 1 && ['keys', 'apis', 'clients', 'users', 'sessions'].includes(words[0] ?? '')) return
  const command = find(program, words)
  expect(command, 'there is no such command').toBeDefined()
  const flags = words.filter((word) => word.startsWith('--')).map((word) => word.split('=')[0])
  const known = [...(command?.options ?? []), ...program.options].map(({ long }) => long)
  for (const flag of flags) expect(known).toContain(flag)
})
