import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aMachine, type Machine, type Shape } from './machine.ts'

let machine: Machine
beforeAll(async () => {
  machine = await aMachine()
})
afterAll(() => machine.remove())

const client = ['--name', 'App', '--redirect-uri', 'https://app.example/cb']
const api = ['--audience', 'https://api.example', '--scope', 'read=Read']

describe('an algorithm that no key signs with is refused, with the mend', () => {
  const refused = (alg: string) => ({
    code: 7,
    out: '',
    err: `signet: No key signs with ${alg}. Make one first: signet keys rotate --alg ${alg}\n`,
  })

  test('before the first ring, but for what the first start makes', async () => {
    expect(await machine.signet(['clients', 'create', ...client, '--id-token-alg', 'PS256'])).toEqual(refused('PS256'))
    await machine.json(['clients', 'create', '--id', 'app', ...client])
    const env = { SIGNET_TOKENS_ACCESS_ALG: 'EdDSA' }
    await machine.json(['clients', 'create', '--id', 'other', ...client, '--access-token-alg', 'EdDSA'], { env })
    await machine.json(['clients', 'delete', 'other', '--yes'])
  })

  test('at birth and afterwards, of clients and of APIs, and by a dry run too', async () => {
    await machine.json(['keys', 'rotate'])
    await machine.json(['apis', 'create', ...api])
    for (const args of [
      ['clients', 'create', ...client, '--access-token-alg', 'EdDSA'],
      ['clients', 'update', 'app', '--id-token-alg', 'EdDSA', '--dry-run'],
      ['apis', 'update', 'https://api.example', '--alg', 'EdDSA'],
      ['apis', 'create', '--audience', 'https://b.example', '--scope', 'write=Write', '--alg', 'EdDSA'],
    ]) {
      expect(await machine.signet(args), args.join(' ')).toEqual(refused('EdDSA'))
    }
  })

  test('and taken once there is one', async () => {
    await machine.json(['keys', 'rotate', '--alg', 'EdDSA'])
    expect(await machine.json(['clients', 'update', 'app', '--id-token-alg', 'EdDSA'])).toMatchObject({
      id_token_alg: 'EdDSA',
    })
    expect(await machine.json(['apis', 'update', 'https://api.example', '--alg', 'EdDSA'])).toMatchObject({
      alg: 'EdDSA',
    })
  })
})

test('doctor tells of clients and APIs whose algorithm has lost its key', async () => {
  const path = join(machine.folder, 'keys', 'ring.json')
  expect(readdirSync(join(machine.folder, 'keys'))).toContain('ring.json')
  const ring: { keys: { alg: string }[] } = JSON.parse(readFileSync(path, 'utf8'))
  writeFileSync(path, JSON.stringify({ ...ring, keys: ring.keys.filter(({ alg }) => alg !== 'EdDSA') }))

  const env = { SIGNET_ISSUER: 'http://localhost:3000' }
  const { code, out } = await machine.signet(['doctor', '--json'], { env })
  const { findings }: { findings: Shape[] } = JSON.parse(out)
  expect(code).toBe(1)
  expect(findings.filter(({ level }) => level === 'error')).toEqual([
    {
      level: 'error',
      what: 'No key signs with EdDSA for client app, API https://api.example.',
      mend: 'Their sign-ins and tokens fail. Run: signet keys rotate --alg EdDSA',
    },
  ])
})
