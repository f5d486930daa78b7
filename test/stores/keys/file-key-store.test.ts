import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openStoredRing } from '#core/keys/opened-ring.ts'
import { reseal } from '#core/keys/reseal.ts'
import { makeFirstRing, rotate } from '#core/keys/rotate.ts'
import type { StoredRing } from '#core/keys/stored-ring.ts'
import { openFileKeyStore } from '#stores/files/file-key-store.ts'
import { at, otherSecret, secret, secretOf, settings, start } from '#test/core/keys/rings.ts'

let root: string
let directory: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'signet-keys-'))
  directory = join(root, 'keys')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const program = (name: string): string => join(import.meta.dirname, name)
const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8)

/** Every sealed part belongs to this very version of the ring. */
async function expectToOpen(ring: StoredRing | undefined): Promise<void> {
  if (!ring) throw new Error('the ring is gone')
  const { signing, macs } = await openStoredRing(ring, secretOf(ring))
  expect(signing.size + macs.size).toBe(ring.keys.length)
}

async function aStoredRing() {
  const store = openFileKeyStore(directory)
  const ring = await makeFirstRing({ now: start, settings })
  await store.put(ring, undefined)
  return { store, ring }
}

describe('the files', () => {
  test('are ring.json and one sealed part per key, for their owner alone, whatever the umask', async () => {
    const before = process.umask(0)
    const { ring } = await aStoredRing().finally(() => process.umask(before))
    const expected = ['ring.json', 'ring.lock', ...ring.keys.map(({ kid }) => `${kid}.jwe`)]
    expect(readdirSync(directory).sort()).toEqual(expected.sort())
    expect(mode(directory)).toBe('700')
    for (const file of expected) expect(mode(join(directory, file)), file).toBe('600')
    expect(statSync(join(directory, 'ring.lock')).size).toBe(0)
  })

  test('hold nothing private in the clear', async () => {
    const { ring } = await aStoredRing()
    const { signing, macs } = await openStoredRing(ring, secret)
    const text = readdirSync(directory)
      .map((file) => readFileSync(join(directory, file), 'utf8'))
      .join('\n')
    const secrets = [
      ...[...signing.values()].map(({ privateKey }) => privateKey.export({ format: 'jwk' }).d ?? ''),
      ...[...macs.values()].map((mac) => mac.secret.export().toString('base64url')),
    ]
    expect(secrets).toHaveLength(3)
    for (const each of secrets) expect(text).not.toContain(each)
    expect(readFileSync(join(directory, 'ring.json'), 'utf8')).not.toMatch(/"(d|p|q|k|sealed)"/)
  })

  test('a directory that others may enter is closed to them at the first change', async () => {
    mkdirSync(directory, { mode: 0o755 })
    chmodSync(directory, 0o755)
    await aStoredRing()
    expect(mode(directory)).toBe('700')
  })

  test('that the ring no longer names are removed, and what a crash left too; others stay', async () => {
    const { store, ring } = await aStoredRing()
    for (const stray of ['stray.jwe', 'ring.json.tmp', 'README.md']) writeFileSync(join(directory, stray), 'stray')
    await store.put({ version: 2, keys: ring.keys.slice(1) }, 1)
    const left = readdirSync(directory)
    expect(left).not.toContain(`${ring.keys[0]?.kid}.jwe`)
    expect(left).toHaveLength(5)
    expect(left).toContain('README.md')
  })

  test('a half-written sealed part of a change that never came about does not matter', async () => {
    const { store, ring } = await aStoredRing()
    const grown = await rotate(ring, { alg: 'ES256', now: at(5), settings })
    writeFileSync(join(directory, `${grown.key.kid}.jwe`), 'half')
    writeFileSync(join(directory, `${grown.key.kid}.jwe.tmp`), 'half', { mode: 0o666 })
    expect(await store.read()).toEqual(ring)
    expect(await store.put(grown.ring, 1)).toBe('stored')
    expect(await store.read()).toEqual(grown.ring)
    expect(mode(join(directory, `${grown.key.kid}.jwe`))).toBe('600')
  })
})

describe('a ring that is sealed anew', () => {
  test('is the old one, whole, where the change dies before ring.json is in place', async () => {
    const { store, ring } = await aStoredRing()
    mkdirSync(join(directory, 'ring.json.tmp'))
    const next = await reseal(ring, { from: secret, to: otherSecret })
    await expect(store.put(next, 1)).rejects.toMatchObject({ name: 'Unavailable' })
    expect(readdirSync(directory).filter((file) => file.endsWith('.1.jwe'))).toHaveLength(3)
    expect(await store.read()).toEqual(ring)
    rmSync(join(directory, 'ring.json.tmp'), { recursive: true })
    expect(await store.put(next, 1)).toBe('stored')
    expect(await store.read()).toEqual(next)
  })

  test('is read as one version, where the change comes in between the files', async () => {
    const { store, ring } = await aStoredRing()
    // The first sealed part lets its reader wait until the test has written it.
    const slow = join(directory, `${ring.keys[0]?.kid}.jwe`)
    rmSync(slow)
    execFileSync('mkfifo', [slow])
    const pipe = openSync(slow, 'r+')
    const reading = store.read()
    const fewer = { version: 2, keys: (await reseal(ring, { from: secret, to: otherSecret })).keys.slice(1) }
    expect(await openFileKeyStore(directory).put(fewer, 1)).toBe('stored')
    writeSync(pipe, ring.keys[0]?.sealed ?? '')
    closeSync(pipe)
    expect(await reading).toEqual(fewer)
  })
})

describe('a damaged directory is told by file and fault', () => {
  test.each([
    ['no JSON', () => '{"version": 1, "ke', /ring\.json is damaged: it is no JSON/],
    ['nothing', () => '', /ring\.json is damaged: it is no JSON/],
    ['a list', () => '[]', /the whole is no object/],
    ['no version', () => '{"keys":[]}', /version is no whole number/],
    ['no keys', () => '{"version":1}', /keys is no list/],
    ['a key without kid', (text: string) => text.replace('"kid"', '"kit"'), /keys\[0\]: kid is no text/],
    [
      'a key without life',
      (text: string) => text.replace('"tokenLife"', '"life"'),
      /keys\[0\]: tokenLife is no number/,
    ],
    ['no date', (text: string) => text.replace(/"signsFrom": "[^"]*"/, '"signsFrom": "soon"'), /signsFrom is no date/],
    ['an unknown algorithm', (text: string) => text.replace('"RS256"', '"RS1"'), /use and alg are none that are known/],
    ['a path', (text: string) => text.replace(/"file": "[^"]*"/, '"file": "../../etc/passwd"'), /file is no name/],
  ])('%s', async (_, damage, fault) => {
    const { store } = await aStoredRing()
    const path = join(directory, 'ring.json')
    const damaged = damage(readFileSync(path, 'utf8'))
    writeFileSync(path, damaged)
    const expected = { code: 'damaged', message: expect.stringMatching(fault) }
    await expect(store.read()).rejects.toMatchObject(expected)
    await expect(store.version()).rejects.toMatchObject(expected)
    await expect(store.put({ version: 2, keys: [] }, 1)).rejects.toMatchObject(expected)
    expect(readFileSync(path, 'utf8')).toBe(damaged)
  })

  test('a missing sealed part', async () => {
    const { store, ring } = await aStoredRing()
    const path = join(directory, `${ring.keys[1]?.kid}.jwe`)
    rmSync(path)
    await expect(store.read()).rejects.toMatchObject({ code: 'damaged', message: expect.stringContaining(path) })
  })

  test('what the file system refuses is unavailable, with the path', async () => {
    writeFileSync(directory, 'a file where the directory should be')
    const { keys } = await makeFirstRing({ now: start, settings })
    const refused = { name: 'Unavailable', message: expect.stringContaining(directory) }
    await expect(openFileKeyStore(directory).read()).rejects.toMatchObject(refused)
    await expect(openFileKeyStore(directory).put({ version: 1, keys }, undefined)).rejects.toMatchObject(refused)
  })
})

describe('across processes', () => {
  test('eight first starts make one ring', { timeout: 60_000 }, async () => {
    const run = promisify(execFile)
    const starts = Array.from({ length: 8 }, () => run(process.execPath, [program('start-once.ts'), directory]))
    const kids = new Set((await Promise.all(starts)).map(({ stdout }) => stdout))
    expect(kids.size).toBe(1)
    const ring = await openFileKeyStore(directory).read()
    expect(ring?.version).toBe(1)
    expect([...kids]).toEqual([JSON.stringify(ring?.keys.map(({ kid }) => kid))])
  })

  test('kill -9 at any moment leaves a whole ring, with every change that was acknowledged', {
    timeout: 60_000,
  }, async () => {
    const { store } = await aStoredRing()
    for (let round = 0; round < 8; round++) {
      const child = spawn(process.execPath, [program('put-forever.ts'), directory], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let told = ''
      child.stdout.on('data', (chunk) => {
        told += chunk
      })
      await once(child.stdout, 'data')
      await pause(Math.random() * 60)
      child.kill('SIGKILL')
      await once(child, 'close')
      const acknowledged = Number(told.trim().split('\n').at(-1))
      const ring = await store.read()
      expect(ring?.version).toBeGreaterThanOrEqual(acknowledged)
      await expectToOpen(ring)
    }
    const { keys, version } = (await store.read()) ?? { keys: [], version: 0 }
    expect(await store.put({ version: version + 1, keys }, version)).toBe('stored')
    expect(readdirSync(directory)).toHaveLength(keys.length + 2)
    expect(existsSync(join(directory, 'ring.json.tmp'))).toBe(false)
  })
})
