import { settings } from './schema.ts'

type Json = { readonly [keyword: string]: unknown }

/** The settings as JSON Schema (2020-12), for editors and other programs. */
export function configJsonSchema(): Json {
  const described = Object.entries(settings).map(([name, setting]): readonly [string, Json] => [
    name,
    {
      ...setting.kind.json,
      description: setting.about,
      ...(setting.default === undefined ? {} : { default: setting.default }),
      'x-environment': setting.environment,
      ...(setting.secret ? { 'x-environment-file': `${setting.environment}_FILE` } : {}),
    },
  ])
  return { $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'Signet settings', ...objectOf(described) }
}

/** Settings by their dotted names, as objects within objects. */
function objectOf(described: readonly (readonly [string, Json])[]): Json {
  const properties = new Map<string, Json>()
  const groups = new Map<string, (readonly [string, Json])[]>()
  for (const [name, json] of described) {
    const dot = name.indexOf('.')
    if (dot < 0) properties.set(name, json)
    else groups.getOrInsertComputed(name.slice(0, dot), () => []).push([name.slice(dot + 1), json])
  }
  for (const [group, inner] of groups) properties.set(group, objectOf(inner))
  return { type: 'object', additionalProperties: false, properties: Object.fromEntries(properties) }
}
