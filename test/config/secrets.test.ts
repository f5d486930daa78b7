import { chmodSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadConfig, loadConfigWithSources } from '#config/load.ts'
import { printedSettings } from '#config/printed.ts'
import { withoutPassword } from '#config/store-url.ts'
import { aFile, aFolder, enough, failure, faults, load, strongSecret } from './sources.ts'

const canary = 'canaryPa55word'

test('secrets come from files, without the line end that editors add', () => {
  const secret = aFile('secret', `${strongSecret}\n`)
  const database = aFile('url', `postgresql://signet:${canary}@db.internal/signet\n`)
  const env = { SIGNET_KEYS_SECRET: '', SIGNET_KEYS_SECRET_FILE: secret, DATABASE_URL_FILE: database }
  const { keys, database: found } = load({ env })
  expect(keys.secret).toBe(strongSecret)
  expect(found.url).toContain(canary)
})

test('a secret that is given twice, or whose file cannot be read, is an error', () => {
  const secret = aFile('secret', strongSecret)
  expect(faults({ env: { SIGNET_KEYS_SECRET_FILE: secret } })[0]).toMatchObject({
    fault: 'SIGNET_KEYS_SECRET is set as well.',
  })
  const env = { SIGNET_KEYS_SECRET: '', SIGNET_KEYS_SECRET_FILE: join(aFolder(), 'nothing') }
  expect(faults({ env })[0]).toMatchObject({ setting: 'keys.secret', mend: 'Check path and rights.' })
})

test.each([
  'hunter2',
  'correct horse battery staple and more words',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  '0123456789abcdef0123456789abcdef',
  'abcdefghijklmnopqrstuvwxyz',
  `${strongSecret}\nx`,
])('a weak secret is refused and not repeated: %j', (secret) => {
  const { findings, message } = failure({ env: { SIGNET_KEYS_SECRET: secret } })
  expect(findings[0]).toMatchObject({ setting: 'keys.secret', mend: 'Make one with: openssl rand -base64 32' })
  expect(message).not.toContain(secret)
})

test('a secret on the command line is refused, alone or in a URL, and not repeated', () => {
  const flags = { 'keys.secret': strongSecret, 'redis.url': `redis://:${canary}@redis` }
  const { findings, message } = failure({ flags })
  expect(findings.map(({ setting }) => setting)).toEqual(['keys.secret', 'redis.url'])
  expect(findings[1]?.mend).toBe('Set REDIS_URL_FILE to a file that only you can read.')
  expect(message).not.toContain(canary)
  expect(message).not.toContain(strongSecret)
})

test('what is printed hides secrets and passwords and keeps the rest', () => {
  const env = {
    ...enough,
    DATABASE_URL: `postgresql://signet:${canary}@db.internal/signet?sslpassword=${canary}`,
    REDIS_URL: `rediss://:${canary}/@${canary}@redis.internal:6379`,
  }
  const { config, sourceOf } = loadConfigWithSources({ flags: {}, env, mode: 'serve' })
  const printed = printedSettings(config, sourceOf)
  expect(JSON.stringify(printed)).not.toMatch(new RegExp(`${canary}|${strongSecret.slice(0, 8)}`))
  expect(printed).toContainEqual({ name: 'keys.secret', value: '(hidden)', source: 'SIGNET_KEYS_SECRET' })
  expect(printed).toContainEqual({ name: 'tokens.refreshGrace', value: '30s', source: 'default' })
  const database = printed.find(({ name }) => name === 'database.url')?.value
  expect(database).toBe('postgresql://signet:(hidden)@db.internal/signet?sslpassword=(hidden)')
})

test.each([
  [`redis+sentinel://signet:${canary}@a,b/m?sentinelUser=w&sentinelPassword=${canary}&tls=true`, '&tls=true'],
  [`redis+sentinel://a,b/m?sentinelPassword=${canary}`, 'a,b/m'],
  [`redis+cluster://signet:${canary}@a:6379,b:6379?tls=true`, 'a:6379,b:6379?tls=true'],
])('the passwords of sentinels and clusters are hidden too: %s', (url, kept) => {
  expect(withoutPassword(url)).not.toContain(canary)
  expect(withoutPassword(url)).toContain(kept)
  const { message } = failure({ env: { REDIS_URL: `${url}&nonsense=${canary}` } })
  expect(message).toContain('redis.url')
  expect(message).not.toContain(canary)
})

test('`dev` makes a secret for its owner alone and finds it again; `serve` does not take it', () => {
  const directory = join(aFolder(), 'keys')
  const sources = { flags: { 'keys.directory': directory }, env: {} }
  const { issuer, keys } = loadConfig({ ...sources, mode: 'dev' })
  const file = join(directory, 'secret')
  expect(issuer).toBe('http://localhost:3000')
  expect(readFileSync(file, 'utf8').trim()).toBe(keys.secret)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(loadConfig({ ...sources, mode: 'dev' }).keys.secret).toBe(keys.secret)
  expect(loadConfig({ ...sources, mode: 'cli' }).keys.secret).toBe(keys.secret)
  expect(() => loadConfig({ ...sources, mode: 'serve' })).toThrow('keys.secret')
})

test('a made secret that others can read is refused', () => {
  const directory = aFolder()
  const sources = { flags: { 'keys.directory': directory }, env: {}, mode: 'dev' } as const
  loadConfig(sources)
  chmodSync(join(directory, 'secret'), 0o644)
  expect(() => loadConfig(sources)).toThrow('Others can read the file.')
})
