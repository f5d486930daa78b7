import { describe, expect, test } from 'vitest'
import { answer } from '#core/authorize/answer.ts'
import { defaultResponseMode, type ResponseMode, readResponseMode } from '#core/authorize/response-mode.ts'
import { type ResponseType, responseTypesWith } from '#core/oauth/response-type.ts'

const [web, app] = ['https://rp.test/cb', 'com.example.app:/cb']

describe('response modes', () => {
  const asked: readonly (readonly [
    string,
    ResponseType | undefined,
    'off' | 'all',
    string,
    ResponseMode | undefined,
  ])[] = [
    ['query', 'code', 'off', web, 'query'],
    ['form_post', 'code', 'off', web, 'form_post'],
    ['fragment', 'code', 'off', web, undefined],
    ['fragment', 'code', 'all', web, 'fragment'],
    ['fragment', 'id_token', 'all', web, 'fragment'],
    ['fragment', 'id_token', 'all', app, 'fragment'],
    ['form_post', 'id_token token', 'all', web, 'form_post'],
    ['form_post', 'id_token', 'all', app, undefined],
    ['query', 'id_token', 'all', web, undefined],
    ['query', 'id_token token', 'all', web, undefined],
    ['query', 'code token', 'all', web, undefined],
    ['query', 'code id_token', 'all', web, undefined],
    ['jwt', 'code', 'all', web, undefined],
    ['Query', 'code', 'all', web, undefined],
    ['query', undefined, 'all', web, 'query'],
  ]
  test.each(asked)('%s for %s with tokens %s at %s: %s', (mode, type, tokens, redirectUri, expected) => {
    expect(readResponseMode({ asked: mode, type, types: responseTypesWith(tokens), redirectUri })).toBe(expected)
  })

  test('the fragment is the default of whatever brings a token', () => {
    const modes = responseTypesWith('all').map(defaultResponseMode)
    expect(modes).toEqual(['query', ...Array.from({ length: 5 }, () => 'fragment')])
  })
})

describe('an answer', () => {
  const content = { parameters: { id_token: 'a.b.c' } }
  const refused = { error: 'access_denied', description: 'no' } as const
  const to = (responseMode: ResponseMode, redirectUri = web) => ({ state: 'a b&c#d', responseMode, redirectUri })
  const rest = 'state=a+b%26c%23d&iss=https%3A%2F%2Fop.test'
  const location = (...given: Parameters<typeof answer>) => {
    const made = answer(...given)
    return made.mode === 'redirect' ? made.location : made
  }

  test('stands in the one place of its mode, and an error too', () => {
    const op = 'https://op.test'
    expect(location(to('query'), op, refused)).toBe(`${web}?error=access_denied&error_description=no&${rest}`)
    expect(location(to('fragment'), op, content)).toBe(`${web}#id_token=a.b.c&${rest}`)
    expect(location(to('fragment', `${web}?a=1`), op, refused)).toBe(
      `${web}?a=1#error=access_denied&error_description=no&${rest}`,
    )
    expect(location(to('form_post'), op, content)).toEqual({
      mode: 'form_post',
      action: web,
      fields: new Map([...Object.entries({ id_token: 'a.b.c', state: 'a b&c#d', iss: op })]),
    })
  })
})
