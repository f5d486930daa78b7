import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Finding } from './config-error.ts'
import { isGroup, type Source, settingNamed, unknownSetting, type Written } from './sources.ts'

/** Loaded where there is a file: a part of a short command's time that most of them need not spend. */
const require = createRequire(import.meta.url)

/** Values of a YAML file: settings nested at their dots. A key without a value counts as absent. */
export function readYamlFile(path: string): Source {
  const unreadable = (fault: string, mend: string): Source => ({
    written: new Map(),
    findings: [{ setting: 'config', source: path, fault, mend }],
  })

  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return unreadable('The file cannot be read.', 'Check the path of --config or SIGNET_CONFIG, and the rights.')
  }

  const { parseDocument }: typeof import('yaml') = require('yaml')
  const document = parseDocument(text)
  const [error] = document.errors
  if (error) return unreadable(`It is not YAML: ${firstLine(error.message)}`, 'Mend the line that is named.')
  const content: unknown = document.toJS({ maxAliasCount: 0 })
  if (content === null) return { written: new Map(), findings: [] }
  if (!isMapping(content)) return unreadable('It is not a mapping of settings.', 'See config/default.yaml.')

  const written: Written = new Map()
  const findings: Finding[] = []
  collect(content, '')
  return { written, findings }

  function collect(mapping: { readonly [key: string]: unknown }, prefix: string): void {
    for (const [key, value] of Object.entries(mapping)) {
      const name = prefix + key
      if (settingNamed(name)) {
        if (value !== null) written.set(name, { value, source: path })
      } else if (isMapping(value)) collect(value, `${name}.`)
      else if (value !== null || !isGroup(name)) findings.push(unknownSetting(name, path))
    }
  }
}

function isMapping(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text
}
