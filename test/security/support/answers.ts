import { expect } from 'vitest'
import type { Answer, KnownClient, World } from './world.ts'

/** A 4xx of the provider's own: nothing is sent anywhere else. Answers the error's code. */
export function expectLocalError(answer: Answer, because = ''): void {
  expect(answer.status, because).toBeGreaterThanOrEqual(400)
  expect(answer.status, because).toBeLessThan(500)
  expect(answer.headers.get('location'), because).toBeNull()
  expect(answer.text, because).not.toContain('http-equiv="refresh"')
  expect(answer.headers.getSetCookie(), because).toEqual([])
}

/** An authorization error at the client's own redirect URI, complete: `error`, the state as sent, `iss`, and no code. */
export function expectErrorAt(world: World, client: KnownClient, answer: Answer, error: string): void {
  expect(answer.status).toBe(303)
  const { location } = answer
  expect(location?.href.split('?')[0]).toBe(client.redirectUri)
  // Whether anybody is signed in is told with an error too, once the request could be read.
  const { session_state: _told, ...said } = Object.fromEntries(location?.searchParams ?? [])
  expect(said).toEqual({
    error,
    error_description: expect.any(String),
    state: 'a-state',
    iss: world.issuer,
  })
  expect(location?.hash).toBe('')
}

/** A JSON refusal with exactly this status and code, and nothing that could be used. */
export function expectJsonError(answer: Answer, status: number, error: string, because = ''): void {
  expect({ status: answer.status, error: answer.json.error }, because || answer.text).toEqual({ status, error })
  expect(Object.keys(answer.json).toSorted(), because).toEqual(['error', 'error_description'])
  expect(answer.headers.get('cache-control'), because).toBe('no-store')
}

/** The headers that every answer has, errors included. */
export function expectSafeHeaders(headers: Headers, because = ''): void {
  const named = ['x-content-type-options', 'x-frame-options', 'referrer-policy', 'cache-control']
  expect(Object.fromEntries(named.map((name) => [name, headers.get(name)])), because).toEqual({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  })
  const policy = headers.get('content-security-policy') ?? ''
  expect(policy, because).toContain("default-src 'none'")
  expect(policy, because).toContain("frame-ancestors 'none'")
  expect(policy, because).not.toContain('unsafe')
  expect(headers.get('x-powered-by'), because).toBeNull()
  expect(headers.get('server'), because).toBeNull()
}
