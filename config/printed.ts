import type { Config } from './config.ts'
import { settings } from './schema.ts'
import type { Kind } from './setting.ts'
import { withoutPassword } from './store-url.ts'

/** One setting as people may see it: durations with units, secrets and passwords hidden. */
export type PrintedSetting = { readonly name: string; readonly value: unknown; readonly source: string }

type Group = { readonly [name: string]: unknown }

/** Every setting in force, with where its value came from. Safe to print. */
export function printedSettings(config: Config, sourceOf: (name: string) => string): readonly PrintedSetting[] {
  return Object.entries(settings).map(([name, setting]) => {
    const value = name.split('.').reduce<unknown>((group, part) => (group as Group)[part], config)
    const kind: Kind<unknown> = setting.kind
    return { name, value: hide(setting.secret, kind.write(value)), source: sourceOf(name) }
  })
}

function hide(secret: 'whole' | 'password' | undefined, value: unknown): unknown {
  if (secret === 'whole') return value ? '(hidden)' : undefined
  return secret === 'password' && typeof value === 'string' ? withoutPassword(value) : value
}
