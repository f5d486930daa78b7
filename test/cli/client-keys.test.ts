import { generateKeyPairSync } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aMachine, type Machine } from './machine.ts'

let machine: Machine
beforeAll(async () => {
  machine = await aMachine()
})
afterAll(() => machine.remove())

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one' }
const create = ['clients', 'create', '--grant', 'client_credentials', '--name']

function aFile(name: string, content: unknown): string {
  const file = join(machine.folder, name)
  writeFileSync(file, JSON.stringify(content))
  return file
}

test('a client of keys has no secret; its keys come from a file or stand at an address', async () => {
  const file = aFile('keys.json', { keys: [jwk] })
  const byKeys = ['--auth-method', 'private_key_jwt', '--auth-signing-alg', 'ES256']
  const made = await machine.json([...create, 'Keys', '--id', 'keys', ...byKeys, '--jwks', file])
  expect(made).toMatchObject({
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    jwks: { keys: [jwk] },
  })
  expect(made).not.toHaveProperty('client_secret')
  const moved = await machine.json(['clients', 'update', 'keys', '--jwks-uri', 'https://rp.example/keys'])
  expect(moved).toMatchObject({ jwks_uri: 'https://rp.example/keys' })
  expect(moved).not.toHaveProperty('jwks')
  const back = await machine.json(['clients', 'update', 'keys', '--jwks', file, '--auth-signing-alg', ''])
  expect(back).toMatchObject({ jwks: { keys: [jwk] } })
  expect(back).not.toHaveProperty('jwks_uri')
  expect(back).not.toHaveProperty('token_endpoint_auth_signing_alg')
  expect((await machine.signet(['clients', 'rotate-secret', 'keys'])).code).toBe(7)
})

test('a client of certificates is known by one name in them, and another takes its place', async () => {
  const byName = ['--auth-method', 'tls_client_auth', '--tls-san-dns', 'import.example']
  const made = await machine.json([...create, 'Import', '--id', 'import', ...byName])
  const method = { token_endpoint_auth_method: 'tls_client_auth' }
  expect(made).toMatchObject({ ...method, tls_client_auth_san_dns: 'import.example' })
  expect(made).not.toHaveProperty('client_secret')
  const renamed = await machine.json(['clients', 'update', 'import', '--tls-subject-dn', 'CN=import,O=Example'])
  expect(renamed).toMatchObject({ ...method, tls_client_auth_subject_dn: 'CN=import,O=Example' })
  expect(renamed).not.toHaveProperty('tls_client_auth_san_dns')
  const wild = await machine.signet(['clients', 'update', 'import', '--tls-san-dns', '*.example'])
  expect([wild.code, wild.err]).toEqual([2, expect.stringContaining('wildcards are none')])
})

test('keys that are private, and addresses that lead inside, are refused in words', async () => {
  const file = aFile('private.json', { keys: [privateKey.export({ format: 'jwk' })] })
  const byKeys = ['--auth-method', 'private_key_jwt']
  const refused = await machine.signet([...create, 'x', ...byKeys, '--jwks', file])
  expect([refused.code, refused.err]).toEqual([7, expect.stringContaining('symmetric or has private members')])
  const inside = [...create, 'x', ...byKeys, '--jwks-uri', 'https://10.0.0.7/keys']
  expect(await machine.signet(inside)).toMatchObject({ code: 7, err: expect.stringContaining('private network') })
  const allowed = { env: { SIGNET_OUTBOUND_ALLOW: '10.0.0.0/24' } }
  expect(await machine.json(inside, allowed)).toMatchObject({ jwks_uri: 'https://10.0.0.7/keys' })
  expect((await machine.signet([...create, 'x', ...byKeys])).code).not.toBe(0)
  expect((await machine.signet([...create, 'x', ...byKeys, '--jwks', 'nowhere.json'])).code).toBe(2)
})

test('the secret of a client of MACs is kept sealed, and sealed anew with the keys', async () => {
  const made = await machine.json([...create, 'Macs', '--id', 'macs', '--auth-method', 'client_secret_jwt'])
  expect(made.client_secret).toMatch(/^sec_/)
  const database = readFileSync(join(machine.folder, 'data', 'signet.db'), 'latin1')
  expect(database).not.toContain(made.client_secret)
  await machine.json(['keys', 'rotate'])
  const next = 'Nw3pQx8rTv5yBz1cDf6gHj9kLm2nPs4t'
  const reseal = ['keys', 'reseal', '--new-secret-stdin', '--yes']
  expect(await machine.json(reseal, { input: next })).toMatchObject({ clients: 1 })
  // Nothing opens under a secret that was never in force.
  const wrong = {
    input: 'Zw3pQx8rTv5yBz1cDf6gHj9kLm2nPs4u',
    env: { SIGNET_KEYS_SECRET: 'Yw3pQx8rTv5yBz1cDf6gHj9kLm2nPs4v' },
  }
  const refused = await machine.signet(reseal, wrong)
  expect([refused.code, refused.err]).toEqual([4, expect.stringContaining('opens under neither secret')])
  expect(refused.err + refused.out).not.toContain(made.client_secret)
})
