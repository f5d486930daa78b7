import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type DevPlaces, seedDev } from '#cli/dev-seed.ts'
import { digest } from '#core/oauth/random.ts'
import { aServer, type TestServer } from '#test/support/server.ts'

let server: TestServer
let directory: string
let places: DevPlaces

beforeEach(async () => {
  server = await aServer({ flags: { 'outbound.allow': 'localhost' } })
  directory = mkdtempSync(join(tmpdir(), 'signet-seed-'))
  const secretFile = join(directory, 'sample-app.secret')
  places = { app: 'http://localhost:3001', api: 'http://localhost:3002', secretFile }
})
afterEach(async () => {
  await server.close()
  rmSync(directory, { recursive: true, force: true })
})

const secret = () => readFileSync(places.secretFile, 'utf8').trim()

async function hashes(): Promise<readonly string[]> {
  const authentication = (await server.stores.clients.find('sample-app'))?.authentication
  return authentication && 'secrets' in authentication ? authentication.secrets.map(({ hash }) => hash) : []
}

test('the first start makes a person, an API and a client whose secret only its owner can read', async () => {
  const password = await seedDev(server, places)

  expect(password).toMatch(/^[a-z]{5}(-[a-z]{5}){3}$/)
  expect((await server.stores.users.findByName('demo'))?.claims.name).toBe('Demo Person')
  expect((await server.stores.apis.find(places.api))?.scopes.get('notes:read')).toBe('Read your notes')
  expect(await hashes()).toEqual([digest(secret())])
  expect(statSync(places.secretFile).mode & 0o777).toBe(0o600)
})

test('a later start changes nothing and makes no password', async () => {
  await seedDev(server, places)
  const before = { secret: secret(), client: await server.stores.clients.find('sample-app') }

  expect(await seedDev(server, places)).toBeUndefined()

  expect({ secret: secret(), client: await server.stores.clients.find('sample-app') }).toEqual(before)
})

test.each(['', 'not the secret that the client knows'])(
  'a lost secret (%j) is replaced, and the old one is dead',
  async (kept) => {
    await seedDev(server, places)
    const before = secret()
    writeFileSync(places.secretFile, kept)

    await seedDev(server, places)

    expect(secret()).not.toBe(before)
    expect(await hashes()).toEqual([digest(secret())])
  },
)

test('the client and the API follow the samples to other ports', async () => {
  await seedDev(server, places)
  const before = secret()

  await seedDev(server, { ...places, app: 'http://localhost:4001', api: 'http://localhost:4002' })

  const client = await server.stores.clients.find('sample-app')
  expect(client?.redirectUris).toEqual(['http://localhost:4001/callback'])
  expect(client?.postLogoutRedirectUris).toEqual(['http://localhost:4001/signed-out'])
  expect((await server.stores.apis.list()).map(({ audience }) => audience)).toEqual(['http://localhost:4002'])
  expect(secret()).toBe(before)
})

test('an API of somebody else that owns the scope is left alone, and named', async () => {
  const audience = 'https://notes.example'
  await server.apis.create({ audience, scopes: new Map([['notes:read', 'Read all notes']]) }, 'operator:ada')

  await expect(seedDev(server, places)).rejects.toThrow(/notes:read belongs to https:\/\/notes\.example/)
})
