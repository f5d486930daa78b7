import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { configJsonSchema } from '#config/json-schema.ts'
import { loadConfig } from '#config/load.ts'
import { printedSettings } from '#config/printed.ts'
import { anAuthority, localServer } from '#test/support/certificates.ts'
import { aFile, enough, faults, load } from './sources.ts'

const authority = anAuthority()
afterAll(() => authority.remove())

const own = authority.issue(localServer)
const other = authority.issue(localServer)
const both = { SIGNET_TLS_CERTIFICATE: own.certificate, SIGNET_TLS_KEY: own.key }

/** What is said of these settings: setting, fault and mend of each finding. */
function said(env: { readonly [name: string]: string }): readonly string[] {
  return faults({ env }).map(({ setting, fault, mend }) => `${setting}: ${fault} ${mend}`)
}

test('a certificate, its key and the authorities of clients are taken; no file is read for a command beside', () => {
  const env = { ...both, SIGNET_TLS_CLIENT_PORT: '3443', SIGNET_TLS_CLIENT_CA: authority.certificate }
  const { listen } = load({ env })
  expect(listen.tls).toMatchObject({ certificate: own.certificate, key: own.key, clientPort: 3443 })
  const missing = { ...enough, SIGNET_TLS_CERTIFICATE: 'none.pem', SIGNET_TLS_KEY: 'none.key' }
  expect(loadConfig({ flags: {}, env: missing, mode: 'cli' }).listen.tls.key).toBe('none.key')
})

test('settings within settings are written, described and printed', () => {
  const text = `listen:\n  port: 3001\n  tls:\n    certificate: ${own.certificate}\n    key: ${own.key}\n`
  const config = load({ flags: { config: aFile('a.yaml', text) } })
  expect([config.listen.port, config.listen.tls.key]).toEqual([3001, own.key])
  const printed = printedSettings(config, () => 'a')
  expect(printed.find(({ name }) => name === 'listen.tls.key')?.value).toBe(own.key)
  expect(configJsonSchema()).toHaveProperty(['properties', 'listen', 'properties', 'tls', 'properties', 'clientPort'])
})

test('without an issuer, a server of one machine is https with its certificate', () => {
  const env = {
    SIGNET_TLS_CERTIFICATE: own.certificate,
    SIGNET_TLS_KEY: own.key,
    SIGNET_KEYS_SECRET: enough.SIGNET_KEYS_SECRET,
  }
  expect(loadConfig({ flags: {}, env, mode: 'dev' }).issuer).toBe('https://localhost:3000')
})

const ended = authority.issue({ ...localServer, ends: new Date(Date.now() - 1000) })
const encrypted = aFilePath(
  'encrypted.key',
  '-----BEGIN ENCRYPTED PRIVATE KEY-----\nx\n-----END ENCRYPTED PRIVATE KEY-----\n',
)
const unreadable = aFilePath('nothing.pem', 'nothing')
const turned = aFilePath('turned.pem', authority.pem.certificate + own.pem.certificate)

function aFilePath(name: string, text: string): string {
  const path = join(authority.folder, name)
  writeFileSync(path, text)
  return path
}

test.each<[string, { readonly [name: string]: string }, RegExp]>([
  [
    'a key of another certificate',
    { SIGNET_TLS_KEY: other.key },
    /^listen\.tls\.key: .* does not fit .* made together/,
  ],
  ['a chain in the wrong order', { SIGNET_TLS_CERTIFICATE: turned, SIGNET_TLS_KEY: own.key }, /own certificate first/],
  [
    'a certificate that has ended',
    { SIGNET_TLS_CERTIFICATE: ended.certificate, SIGNET_TLS_KEY: ended.key },
    /^listen\.tls\.certificate: .* expired at 20.* Renew it/,
  ],
  [
    'no file',
    { SIGNET_TLS_CERTIFICATE: 'none.pem' },
    /^listen\.tls\.certificate: There is no file none\.pem\. Check the path/,
  ],
  ['a folder', { SIGNET_TLS_KEY: authority.folder }, /^listen\.tls\.key: .* cannot be read \(EISDIR\)\./],
  [
    'a file without a certificate',
    { SIGNET_TLS_CERTIFICATE: unreadable },
    /^listen\.tls\.certificate: .* holds no certificate/,
  ],
  ['a file without a key', { SIGNET_TLS_KEY: unreadable }, /^listen\.tls\.key: .* holds no private key\./],
  ['an encrypted key', { SIGNET_TLS_KEY: encrypted }, /^listen\.tls\.key: .* is encrypted\. .*openssl pkey/],
  [
    'an authority that is none',
    { SIGNET_TLS_CLIENT_PORT: '3443', SIGNET_TLS_CLIENT_CA: own.certificate },
    /^listen\.tls\.clientCa: .* no authority's: CN=localhost\./,
  ],
  [
    'authorities that cannot be read',
    { SIGNET_TLS_CLIENT_PORT: '3443', SIGNET_TLS_CLIENT_CA: unreadable },
    /^listen\.tls\.clientCa: .* holds no certificate/,
  ],
  [
    'no port for clients',
    { SIGNET_TLS_CLIENT_CA: authority.certificate },
    /^listen\.tls\.clientCa: .* listen\.tls\.clientPort/,
  ],
  ['one port for both', { SIGNET_TLS_CLIENT_PORT: '3000' }, /^listen\.tls\.clientPort: It is listen\.port as well\./],
  ['an http issuer', { SIGNET_ISSUER: 'http://localhost:3000' }, /^issuer: It is http/],
  [
    'an address that is not https',
    { SIGNET_TLS_CLIENT_PORT: '3443', SIGNET_TLS_CLIENT_URL: 'http://a.test' },
    /^listen\.tls\.clientUrl: .* is not an https origin/,
  ],
  [
    'an address where nobody asks',
    { SIGNET_TLS_CLIENT_URL: 'https://a.test' },
    /^listen\.tls\.clientUrl: Nothing there/,
  ],
  [
    'a header that nobody may send',
    { SIGNET_TLS_PROXY_CERTIFICATE_HEADER: 'Client-Cert' },
    /^listen\.tls\.proxyCertificateHeader: .* listen\.trustProxy/,
  ],
  [
    'a word on nothing',
    { SIGNET_TLS_PROXY_VERIFIED_HEADER: 'Client-Verify' },
    /^listen\.tls\.proxyVerifiedHeader: .*proxyCertificateHeader/,
  ],
  ['a header that is none', { SIGNET_TLS_PROXY_CERTIFICATE_HEADER: 'Client Cert:' }, /is not the name of a header/],
])('%s', (_what, env, expected) => {
  expect(said({ ...both, ...env })).toEqual([expect.stringMatching(expected)])
})

test('one half without the other, and a port without either', () => {
  expect(said({ SIGNET_TLS_CERTIFICATE: own.certificate })).toEqual([
    expect.stringMatching(/^listen\.tls\.key: It is not set/),
  ])
  expect(said({ SIGNET_TLS_KEY: own.key })).toEqual([expect.stringMatching(/^listen\.tls\.certificate: It is not set/)])
  expect(said({ SIGNET_TLS_CLIENT_PORT: '3443' })).toEqual([
    expect.stringMatching(/listen\.tls\.certificate is not set/),
  ])
})

test('two headers are two', () => {
  const same = { SIGNET_TLS_PROXY_CERTIFICATE_HEADER: 'A-Header', SIGNET_TLS_PROXY_VERIFIED_HEADER: 'a-header' }
  expect(said({ SIGNET_TRUST_PROXY: '127.0.0.1', ...same })).toEqual([
    expect.stringMatching(/^listen\.tls\.proxyVerifiedHeader/),
  ])
})

test('no text of a key stands in what is said', () => {
  chmodSync(other.key, 0o600)
  const middle = readFileSync(other.key, 'utf8').split('\n')[1] ?? ''
  expect(middle.length).toBeGreaterThan(20)
  expect(said({ ...both, SIGNET_TLS_KEY: other.key }).join()).not.toContain(middle)
})
