import { afterAll, beforeAll, expect, test } from 'vitest'
import { aMachine, type Machine } from './machine.ts'

let machine: Machine
beforeAll(async () => {
  machine = await aMachine()
})
afterAll(() => machine.remove())

const audience = 'https://api.photos.example'
const create = [
  'apis',
  'create',
  '--audience',
  audience,
  '--scope',
  'photos:read=See your photos',
  'photos:write=Add photos',
]

test('an API is made, listed, changed and deleted', async () => {
  const made = await machine.json([...create, '--lifetime', '5m'])
  expect(made).toMatchObject({
    audience,
    scopes: { 'photos:read': 'See your photos', 'photos:write': 'Add photos' },
    token_format: 'jwt',
    lifetime: 300,
  })
  expect(await machine.json(['apis', 'list'])).toMatchObject([{ audience }])
  expect(await machine.json(['apis', 'update', audience, '--token-format', 'opaque'])).toMatchObject({
    token_format: 'opaque',
    lifetime: 300,
  })
  const server = ['clients', 'create', '--name', 'S', '--grant', 'client_credentials', '--resource-server-of']
  expect(await machine.json([...server, audience])).toMatchObject({ resource_server_of: audience })
  expect((await machine.signet([...server, 'https://other.example'])).code).toBe(3)
})

test('two APIs cannot share an audience or a scope', async () => {
  expect(await machine.signet(create)).toMatchObject({ code: 4, err: `signet: The API ${audience} exists already.\n` })
  const other = ['apis', 'create', '--audience', 'https://other.example', '--scope', 'photos:read=Something']
  expect(await machine.signet(other)).toMatchObject({
    code: 4,
    err: `signet: The scope photos:read belongs to ${audience}.\n`,
  })
})

test('what an API may not be is told at once', async () => {
  const scopes = ['--scope', 'openid=Sign in', 'two words=x', 'empty=']
  const { code, err } = await machine.signet([
    'apis',
    'create',
    '--audience',
    'photos#x',
    ...scopes,
    '--lifetime',
    '2h',
  ])
  expect(code).toBe(2)
  expect(err).toContain('absolute URI without a fragment')
  expect(err).toContain('The scope openid belongs to OpenID Connect.')
  expect(err).toContain('"two words" is not a scope name')
  expect(err).toContain('The scope empty needs a sentence')
  expect(err).toContain('tokens.longestLifetime')
})

test('the issuer is no API, with or without a slash', async () => {
  const env = { SIGNET_ISSUER: 'https://id.example.com' }
  const args = ['apis', 'create', '--scope', 'x=X', '--audience']
  expect((await machine.signet([...args, 'https://id.example.com'], { env })).code).toBe(7)
  expect((await machine.signet([...args, 'https://ID.example.com/'], { env })).code).toBe(7)
})

test('deleting asks, and then it is gone', async () => {
  expect((await machine.signet(['apis', 'delete', audience])).code).toBe(2)
  expect(await machine.json(['apis', 'delete', audience, '--yes'])).toEqual({ audience, deleted: true })
  expect((await machine.signet(['apis', 'show', audience])).code).toBe(3)
})
