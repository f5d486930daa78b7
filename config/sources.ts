import type { Finding } from './config-error.ts'
import { nearestName } from './nearest-name.ts'
import { settings } from './schema.ts'
import { withoutPassword } from './store-url.ts'

/** Values as they were written, by setting, with where they came from. Later sources replace earlier ones. */
export type Written = Map<string, { readonly value: unknown; readonly source: string }>

/** One source of values, read: what it sets and what is wrong with it. */
export type Source = { readonly written: Written; readonly findings: readonly Finding[] }

const names = Object.keys(settings)

/** The setting's own record, where the name is one. */
export function settingNamed(name: string): (typeof settings)[keyof typeof settings] | undefined {
  return Object.hasOwn(settings, name) ? settings[name as keyof typeof settings] : undefined
}

/** Whether settings stand below this name. */
export function isGroup(name: string): boolean {
  return names.some((setting) => setting.startsWith(`${name}.`))
}

/** What to say of a name that is no setting. */
export function unknownSetting(name: string, source: string): Finding {
  const meant = nearestName(name, names)
  const mend = meant ? `Did you mean ${meant}?` : 'See `signet config schema` for what can be set.'
  return { setting: name, source, fault: 'There is no such setting.', mend }
}

/**
 * Values of flags. Whole secrets and URLs with a password are refused there: every user of the machine can read another
 * one's command line.
 */
export function readFlags(flags: { readonly [name: string]: string }): Source {
  const written: Written = new Map()
  const findings: Finding[] = []
  const source = 'the command line'
  for (const [name, value] of Object.entries(flags)) {
    const setting = settingNamed(name)
    if (!setting) findings.push(unknownSetting(name, source))
    else if (setting.secret === 'whole' || (setting.secret && withoutPassword(value) !== value)) {
      const mend = `Set ${setting.environment}_FILE to a file that only you can read.`
      findings.push({ setting: name, source, fault: 'A secret on the command line can be read by others.', mend })
    } else written.set(name, { value, source })
  }
  return { written, findings }
}
