import { describe, expect, test } from 'vitest'
import { type FrontChannelTokens, grantsOf, readResponseType, responseTypesWith } from '#core/oauth/response-type.ts'

describe('response types', () => {
  const read: readonly (readonly [string, string | undefined])[] = [
    ['code', 'code'],
    ['id_token', 'id_token'],
    ['token id_token', 'id_token token'],
    ['id_token code', 'code id_token'],
    ['token code', 'code token'],
    ['token id_token code', 'code id_token token'],
    ['token', undefined],
    ['none', undefined],
    ['', undefined],
    ['Code', undefined],
    ['code code', undefined],
    ['code ', undefined],
    ['code  token', undefined],
    ['code\ttoken', undefined],
    ['code id_token token none', undefined],
  ]
  test.each(read)('%j is read as %j: the words in any order, and nothing else', (text, type) => {
    expect(readResponseType(text)).toBe(type)
  })

  const spoken: readonly (readonly [FrontChannelTokens, readonly string[]])[] = [
    ['off', ['code']],
    ['id_token', ['code', 'id_token', 'code id_token']],
    ['all', ['code', 'id_token', 'id_token token', 'code id_token', 'code token', 'code id_token token']],
  ]
  test.each(spoken)('%s speaks %j', (tokens, types) => {
    expect(responseTypesWith(tokens)).toEqual(types)
  })

  test('each needs the grants of what it brings', () => {
    const grants = responseTypesWith('all').map((type) => [type, grantsOf(type).join(' ')])
    expect(Object.fromEntries(grants)).toEqual({
      code: 'authorization_code',
      id_token: 'implicit',
      'id_token token': 'implicit',
      'code id_token': 'authorization_code implicit',
      'code token': 'authorization_code implicit',
      'code id_token token': 'authorization_code implicit',
    })
  })
})
