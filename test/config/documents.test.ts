import { expect, test } from 'vitest'
import { configJsonSchema } from '#config/json-schema.ts'
import { loadConfig } from '#config/load.ts'
import { settings } from '#config/schema.ts'
import { readYamlFile } from '#config/yaml-file.ts'
import { enough } from './sources.ts'

test('default.yaml says of every default what the schema says', () => {
  const { written, findings } = readYamlFile('config/default.yaml')
  const documented = Object.fromEntries([...written].map(([name, { value }]) => [name, value]))
  const defaults = Object.entries(settings).filter(([, { default: standard }]) => standard !== undefined)
  expect(findings).toEqual([])
  expect(documented).toEqual(Object.fromEntries(defaults.map(([name, { default: standard }]) => [name, standard])))
})

test('the defaults alone and default.yaml make the same configuration', () => {
  const plain = loadConfig({ flags: {}, env: enough, mode: 'serve' })
  expect(loadConfig({ flags: { config: 'config/default.yaml' }, env: enough, mode: 'serve' })).toEqual(plain)
})

test('the production example is taken once its secrets are there', () => {
  const env = { SIGNET_KEYS_SECRET: enough.SIGNET_KEYS_SECRET }
  const { issuer, keys } = loadConfig({ flags: { config: 'config/example.production.yaml' }, env, mode: 'serve' })
  expect([issuer, keys.store]).toEqual(['https://id.example.com', 'database'])
})

test('every setting has a variable of its own and a sentence', () => {
  const all = Object.values(settings)
  expect(new Set(all.map(({ environment }) => environment)).size).toBe(all.length)
  for (const { about } of all) expect(about).toMatch(/[.]$/)
})

test('the JSON Schema names every setting and nothing else', () => {
  const schema = configJsonSchema()
  expect(schema).toMatchObject({
    type: 'object',
    additionalProperties: false,
    properties: {
      issuer: { type: 'string', 'x-environment': 'SIGNET_ISSUER' },
      listen: { properties: { port: { type: 'integer', default: 3000 } } },
      keys: { properties: { secret: { 'x-environment-file': 'SIGNET_KEYS_SECRET_FILE' } } },
    },
  })
})
