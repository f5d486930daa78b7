import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aMachine, type Machine, type Shape } from './machine.ts'

let machine: Machine
beforeAll(async () => {
  machine = await aMachine()
})
afterAll(() => machine.remove())

const photos = ['--id', 'photos', '--name', 'Photos', '--redirect-uri', 'https://photos.example/cb']

describe('an application, from its birth to its end', () => {
  let secret: string

  test('a dry run makes nothing', async () => {
    const planned = await machine.json(['clients', 'create', ...photos, '--dry-run'])
    expect(planned).toMatchObject({ dryRun: true, would: 'create', client_id: 'photos' })
    expect(JSON.stringify(planned)).not.toContain('sec_')
    expect(await machine.json(['clients', 'list'])).toEqual([])
  })

  test('create shows the secret once, with defaults for the rest', async () => {
    const { code, out, err } = await machine.signet(['clients', 'create', ...photos, '--json'])
    const made = JSON.parse(out)
    secret = made.client_secret
    expect(code).toBe(0)
    expect(made).toMatchObject({
      client_id: 'photos',
      client_name: 'Photos',
      application_type: 'web',
      redirect_uris: ['https://photos.example/cb'],
      grant_types: ['authorization_code'],
      token_endpoint_auth_method: 'client_secret_basic',
      scope: 'openid',
      first_party: false,
      enabled: true,
    })
    expect(secret).toMatch(/^sec_[A-Za-z0-9_-]{43}$/)
    expect(err).toContain('shown this once')
    expect(out.split(secret)).toHaveLength(2)
    expect(err).not.toContain(secret)
  })

  test('the secret is nowhere afterwards: not shown, not listed, not in any file', async () => {
    const { out } = await machine.signet(['clients', 'show', 'photos', '--json'])
    expect(JSON.parse(out)).not.toHaveProperty('client_secret')
    const database = readFileSync(join(machine.folder, 'data', 'signet.db'), 'latin1')
    expect(out + database).not.toContain(secret)
  })

  test('the same id again is a conflict', async () => {
    expect(await machine.signet(['clients', 'create', ...photos])).toMatchObject({
      code: 4,
      out: '',
      err: expect.stringContaining('A client photos exists already.'),
    })
  })

  test('update changes what is given and keeps the rest', async () => {
    const args = ['clients', 'update', 'photos', '--scope', 'openid profile', 'offline_access', '--first-party']
    const grants = ['--grant', 'authorization_code', 'refresh_token']
    expect(await machine.json([...args, ...grants])).toMatchObject({
      client_name: 'Photos',
      scope: 'openid profile offline_access',
      grant_types: ['authorization_code', 'refresh_token'],
      first_party: true,
    })
    expect((await machine.signet(['clients', 'update', 'photos'])).code).toBe(2)
  })

  test('rotate-secret keeps the old one for the overlap', async () => {
    const rotated = await machine.json<Shape & { client_secret: string }>(['clients', 'rotate-secret', 'photos'])
    expect(rotated.client_secret).not.toBe(secret)
    const until = new Date(String((rotated.old_secrets_expire_at as string[])[0])).getTime()
    expect(until - Date.now()).toBeGreaterThan(3500_000)
    expect(until - Date.now()).toBeLessThanOrEqual(3600_000)
  })

  test('to stop a secret at once, and to turn off, somebody must say so', async () => {
    const { code, err } = await machine.signet(['clients', 'rotate-secret', 'photos', '--overlap', '0s'])
    expect(code).toBe(2)
    expect(err).toContain('Add --yes')
    const { code: other, err: why } = await machine.signet(['clients', 'disable', 'photos'])
    expect([other, why]).toEqual([2, expect.stringContaining('Add --yes to do it, or --dry-run to see it.')])
  })

  test('disable, enable, delete; then it is not found', async () => {
    expect(await machine.json(['clients', 'disable', 'photos', '--yes'])).toMatchObject({ enabled: false })
    expect(await machine.json(['clients', 'enable', 'photos'])).toMatchObject({ enabled: true })
    expect(await machine.json(['clients', 'delete', 'photos', '--yes'])).toEqual({ client_id: 'photos', deleted: true })
    expect(await machine.signet(['clients', 'show', 'photos'])).toMatchObject({
      code: 3,
      err: 'signet: There is no client photos.\n',
    })
  })

  test('every change is in the trail, by the person who made it', async () => {
    const events = await machine.json<Shape[]>(['audit', 'list', '--client', 'photos'])
    const user = execFileSync('id', ['-un'], { encoding: 'utf8' }).trim()
    expect(events.map(({ event }) => event)).toEqual([
      'client.created',
      'client.updated',
      'client.secret_rotated',
      'client.disabled',
      'client.enabled',
      'client.deleted',
    ])
    expect(new Set(events.map(({ actor }) => actor))).toEqual(new Set([`operator:${user}`]))
    expect(JSON.stringify(events)).not.toContain('sec_')
  })
})

test('a public client has no secret and needs none', async () => {
  const args = ['clients', 'create', '--name', 'Phone', '--public', '--application-type', 'native']
  const made = await machine.json([...args, '--redirect-uri', 'com.example.phone:/cb', 'http://127.0.0.1/cb'])
  expect(made).toMatchObject({ client_id: expect.stringMatching(/^client_/), token_endpoint_auth_method: 'none' })
  expect(made).not.toHaveProperty('client_secret')
})

test('a secret that an operator brings comes by stdin, is strong, and is not shown', async () => {
  const args = ['clients', 'create', '--id', 'own', '--name', 'Own', '--grant', 'client_credentials', '--secret-stdin']
  const weak = await machine.signet(args, { input: 'password123\n' })
  expect(weak).toMatchObject({ code: 7, err: expect.stringContaining('The secret is too weak') })
  expect(weak.err).not.toContain('password123')
  const made = await machine.json(args, { input: 'x7Kq2mWz0cQe1T8bX5nL7sJ4hR6uDfGp\n' })
  expect(made).not.toHaveProperty('client_secret')
})

test('A06, A07: what is not on the allow-list is refused, all of it at once', async () => {
  const uris = [
    'JaVaScRiPt:alert(1)',
    'java\tscript:alert(1)',
    'https://*.rp.test/cb',
    'http://rp.test/cb',
    'data:text/html,x',
  ]
  const logout = ['--post-logout-redirect-uri', 'vbscript:x', '--logo-uri', 'javascript:x']
  const { code, out, err } = await machine.signet([
    'clients',
    'create',
    '--name',
    'Bad',
    '--redirect-uri',
    ...uris,
    ...logout,
  ])
  expect([code, out]).toEqual([7, ''])
  for (const uri of [...uris, 'vbscript:x', 'javascript:x']) expect(err).toContain(JSON.stringify(uri))
})
