import { readFileSync } from 'node:fs'

/** The programs of a guide: code blocks whose fence names a file, by that name. */
export function snippetsOf(guide: string): ReadonlyMap<string, string> {
  const text = readFileSync(`docs/guides/${guide}`, 'utf8')
  const blocks = text.matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)
  return new Map([...blocks].map(([, name = '', code = '']) => [name, code]))
}
