import { describe, expect, test } from 'vitest'
import { checkPageUri, checkRedirectUri } from '#core/clients/redirect-uri-rules.ts'

describe('what may be registered', () => {
  test.each([
    'https://app.example.com/callback',
    'https://app.example.com',
    'https://app.example.com/',
    'https://app.example.com:8443/callback?tenant=1',
    'https://xn--bcher-kva.example/cb',
    'http://localhost:3001/callback',
    'http://127.0.0.1/callback',
    'http://[::1]:4711/callback',
  ])('%s, for web and native apps', (uri) => {
    expect(checkRedirectUri(uri, 'web')).toBeUndefined()
    expect(checkRedirectUri(uri, 'native')).toBeUndefined()
  })

  test.each(['com.example.app:/callback', 'com.example.app://callback'])('%s, for native apps alone', (uri) => {
    expect(checkRedirectUri(uri, 'native')).toBeUndefined()
    expect(checkRedirectUri(uri, 'web')).toContain('native apps only')
  })
})

describe('A06: no wildcard and no pattern exists', () => {
  test.each([
    '*',
    '.*',
    'https://*',
    'https://*.rp.test',
    'https://*.rp.test/cb',
    'https://rp.test/*',
    'https://rp.test/cb?x=*',
  ])('%s is refused', (uri) => {
    expect(checkRedirectUri(uri, 'web')).toBeDefined()
    expect(checkRedirectUri(uri, 'native')).toBeDefined()
  })
})

describe('A07: no script scheme, in any spelling', () => {
  const schemes = [
    'javascript',
    'JaVaScRiPt',
    'data',
    'vbscript',
    'VBSCRIPT',
    'blob',
    'file',
    'about',
    'view-source',
    'ws',
    'ftp',
  ]
  const spellings = schemes.flatMap((scheme) => [`${scheme}:alert(1)`, `${scheme}://host/%0aalert(1)`, `${scheme}:/x`])
  const broken = [
    'java\tscript:alert(1)',
    'java\nscript:alert(1)',
    '\tjavascript:alert(1)',
    ' javascript:alert(1)',
    '\u0000javascript:alert(1)',
    'javascript\u200b:alert(1)',
    'jav&#x61;script:alert(1)',
    'blob:https://rp.test/1',
    'intent://rp.test#Intent;scheme=https;end',
    'myapp:/callback',
    'myapp://callback',
    'urn:ietf:wg:oauth:2.0:oob',
    '//evil.test/cb',
    '/cb',
    'cb',
    '',
  ]
  test.each([...spellings, ...broken])('%j is refused', (uri) => {
    expect(checkRedirectUri(uri, 'web')).toBeDefined()
    expect(checkRedirectUri(uri, 'native')).toBeDefined()
  })
})

describe('two parsers cannot disagree about where it leads', () => {
  test.each([
    ['http://app.example.com/cb', 'http is for localhost'],
    ['http://localhost.evil.test/cb', 'http is for localhost'],
    ['http://127.0.0.1.evil.test/cb', 'http is for localhost'],
    ['http://127.1/cb', 'plain form'],
    ['http://2130706433/cb', 'plain form'],
    ['http://0x7f.0.0.1/cb', 'plain form'],
    ['https://rp.test@evil.test/cb', 'user name'],
    ['https://rp.test:x@evil.test/cb', 'user name'],
    ['https://@evil.test/cb', 'user name'],
    ['https://rp.test#@evil.test/', 'fragment'],
    ['https://rp.test/cb#', 'fragment'],
    ['https://rp.test\\@evil.test/cb', 'backslash'],
    ['https:\\\\rp.test/cb', 'backslash'],
    ['https:rp.test/cb', 'not a URL with a host'],
    ['https:///rp.test/cb', 'not a URL with a host'],
    ['HTTPS://rp.test/cb', 'only https'],
    ['https://RP.test/cb', 'plain form'],
    ['https://rp%2etest/cb', 'plain form'],
    ['https://rp.test:443/cb', 'plain form'],
    ['https://rp.test/a/../cb', 'plain form'],
    ['https://rp.test/a/%2e%2e/cb', 'plain form'],
    ['https://bücher.example/cb', 'non-ASCII'],
    ['https://rp.test/c b', 'blanks'],
    ['https://rp.test/cb\r\nLocation: https://evil.test', 'control'],
    [`https://rp.test/${'a'.repeat(2000)}`, 'longer than'],
  ])('%j is refused', (uri, reason) => {
    expect(checkRedirectUri(uri, 'native')).toContain(reason)
  })

  test.each(['code', 'state', 'iss', 'error'])('a query that has %s could be taken for the answer', (name) => {
    expect(checkRedirectUri(`https://rp.test/cb?a=1&${name}=x`, 'web')).toContain('which the answer adds')
    expect(checkRedirectUri(`com.example.app:/cb?${name}=x`, 'native')).toContain('which the answer adds')
  })
})

describe('E07: links on our pages', () => {
  test.each([
    'javascript:alert(1)',
    'JAVASCRIPT:x',
    'data:text/html,x',
    'http://rp.test/logo.png',
    'https://a@b/',
    '/logo.png',
  ])('%s is refused', (uri) => expect(checkPageUri(uri)).toBeDefined())
  test.each(['https://rp.test/logo.png', 'http://localhost:3001/terms'])('%s is taken', (uri) => {
    expect(checkPageUri(uri)).toBeUndefined()
  })
})
