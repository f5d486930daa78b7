import { describe, expect, test } from 'vitest'
import { OAuthError } from '#core/oauth/error.ts'
import { isCodeChallenge, verifierMatches } from '#core/oauth/pkce.ts'
import { parsePrompt } from '#core/oauth/prompt.ts'
import { covers, formatScope, intersection, parseScope } from '#core/oauth/scope.ts'

describe('scope', () => {
  test('names keep their order and stand once', () => {
    expect(formatScope(parseScope('b a b') ?? new Set())).toBe('b a')
  })

  test.each([
    '',
    ' ',
    'a\tb',
    'a\u00a0b',
    'a"b',
    'a\\b',
    'openid\u0000admin',
    'ä',
    'x'.repeat(5000),
    Array(101)
      .fill(0)
      .map((_, i) => `s${i}`)
      .join(' '),
  ])('what is not a scope is not read: %j', (text) => {
    expect(parseScope(text)).toBeUndefined()
  })

  test('covering and sharing', () => {
    const granted = new Set(['a', 'b'])
    expect(covers(granted, new Set(['b']))).toBe(true)
    expect(covers(granted, new Set(['b', 'c']))).toBe(false)
    expect([...intersection(new Set(['c', 'b']), granted)]).toEqual(['b'])
  })
})

describe('PKCE', () => {
  // The example of RFC 7636 appendix B.
  const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
  const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

  test('the verifier of a challenge matches, and no other does', () => {
    expect(verifierMatches(verifier, challenge)).toBe(true)
    expect(verifierMatches(`${verifier.slice(0, -1)}l`, challenge)).toBe(false)
    expect(verifierMatches(challenge, challenge)).toBe(false)
  })

  test.each(['', 'short', `${verifier}+`, verifier.repeat(4), `${verifier} `])('%j is no verifier', (text) => {
    expect(verifierMatches(text, challenge)).toBe(false)
  })

  test.each(['', challenge.slice(1), `${challenge}=`, `${challenge.slice(1)}+`])('%j is no challenge', (text) => {
    expect(isCodeChallenge(text)).toBe(false)
  })
})

test.each([
  [undefined, []],
  ['login consent', ['login', 'consent']],
  ['none', ['none']],
  ['none login', undefined],
  ['create', undefined],
])('prompt %j', (text, expected) => {
  const read = parsePrompt(text)
  expect(read && [...read]).toEqual(expected)
})

test('a description is plain ASCII without quotes and backslashes (RFC 6749 §5.2)', () => {
  expect(new OAuthError('invalid_request', 'a "b" \\ ü\n').description).toBe('a ?b? ? ??')
})
