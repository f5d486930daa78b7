import { settings } from './schema.ts'

type Json = { readonly [keyword: string]: unknown }

/** The settings as JSON Schema (2020-12), for editors and other programs. */
export function configJsonSchema(): Json {
  const root: { [name: string]: Json } = {}
  const groups = new Map<string, { [name: string]: Json }>()
  for (const [name, setting] of Object.entries(settings)) {
    const [group = '', leaf] = name.split('.')
    const described = {
      ...setting.kind.json,
      description: setting.about,
      ...(setting.default === undefined ? {} : { default: setting.default }),
      'x-environment': setting.environment,
      ...(setting.secret ? { 'x-environment-file': `${setting.environment}_FILE` } : {}),
    }
    if (leaf === undefined) root[group] = described
    else groups.set(group, { ...groups.get(group), [leaf]: described })
  }
  for (const [group, properties] of groups) root[group] = objectOf(properties)
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'Signet settings', ...objectOf(root) }
}

function objectOf(properties: { readonly [name: string]: Json }): Json {
  return { type: 'object', additionalProperties: false, properties }
}
