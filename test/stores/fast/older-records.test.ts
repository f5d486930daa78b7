import { expect, test } from 'vitest'
import type { Json } from '#core/users/user.ts'
import { codeLayout, requestLayout } from '#stores/records/layouts.ts'
import { aCode, aRequest } from './samples.ts'

const now = new Date('2026-11-20T12:00:00Z')
const withoutLast = (stored: Json): Json => (Array.isArray(stored) ? stored.slice(0, -1) : expect.fail('no list'))

test('what an older version of Signet wrote is read as what that version knew: the code flow', () => {
  const request = aRequest(now)
  expect(requestLayout.read(withoutLast(requestLayout.write(request)))).toEqual({ ...request, responseType: 'code' })
  const code = aCode(now)
  expect(codeLayout.read(withoutLast(codeLayout.write(code)))).toEqual({ ...code, hasBegun: false })
})

test('what this version writes is read as it was written', () => {
  const request = aRequest(now, { responseType: 'code id_token', responseMode: 'fragment' })
  expect(requestLayout.read(requestLayout.write(request))).toEqual(request)
  const code = aCode(now, { hasBegun: true })
  expect(codeLayout.read(codeLayout.write(code))).toEqual(code)
})
