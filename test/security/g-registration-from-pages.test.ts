import { describe, expect, test } from 'vitest'
import { plainDocument } from '#test/support/registrant.ts'
import { aWorld, theWorld } from './support/world.ts'

const flags = { 'registration.mode': 'open', 'registration.perAddress': '100000' }
const world = await theWorld({ flags })
const { send } = world
const origin = 'https://app.elsewhere.example'

function preflight(path: string, method: string) {
  const headers = {
    origin,
    'access-control-request-method': method,
    'access-control-request-headers': 'authorization, content-type',
  }
  return send(path, { method: 'OPTIONS', headers })
}

/** What a browser lets a script of that origin do after such an answer; the cookies stay at home. */
async function expectAllowed(path: string, method: string): Promise<void> {
  const { status, headers } = await preflight(path, method)
  expect(status).toBe(204)
  expect(headers.get('access-control-allow-origin')).toBe('*')
  expect(headers.get('access-control-allow-methods')?.split(', ')).toContain(method)
  // Authorization is never meant by a `*` (Fetch, CORS-preflight): it has to be named.
  expect(headers.get('access-control-allow-headers')?.split(', ')).toEqual(['authorization', 'content-type'])
  expect(headers.get('access-control-allow-credentials')).toBeNull()
}

describe('G11 a page of any origin registers an app, with what it brought itself', () => {
  test('and reads what came of it, changes it, and deletes it', async () => {
    await expectAllowed('/register', 'POST')
    const headers = { origin, 'content-type': 'application/json' }
    const made = await send('/register', { method: 'POST', headers, body: JSON.stringify(plainDocument) })
    expect(made.status).toBe(201)
    expect(made.headers.get('access-control-allow-origin')).toBe('*')
    expect(made.headers.get('access-control-allow-credentials')).toBeNull()

    const { client_id: id, registration_access_token: token } = made.json
    const path = `/register/${id}`
    for (const method of ['GET', 'PUT', 'DELETE']) await expectAllowed(path, method)
    const managing = { ...headers, authorization: `Bearer ${token}` }
    const changed = { method: 'PUT', headers: managing, body: JSON.stringify({ ...plainDocument, client_id: id }) }
    expect((await send(path, changed)).status).toBe(200)
    const read = await send(path, { headers: { origin, authorization: `Bearer ${token}` } })
    expect([read.status, read.headers.get('access-control-allow-origin')]).toEqual([200, '*'])
  })

  test('and reads why it was refused', async () => {
    const headers = { origin, 'content-type': 'application/json' }
    const refused = await send('/register', { method: 'POST', headers, body: '{}' })
    expect(refused.status).toBe(400)
    expect(refused.headers.get('access-control-allow-origin')).toBe('*')
    const stranger = await send('/register/client_x', { headers: { origin, authorization: 'Bearer rat_x' } })
    expect(stranger.status).toBe(401)
    expect(stranger.headers.get('access-control-allow-origin')).toBe('*')
    expect(stranger.headers.get('access-control-expose-headers')).toContain('www-authenticate')
  })

  test.each(['/registered', '/register-x', '/authorize', '/login', '/introspect', '/logout'])(
    'and has no other door: %s',
    async (path) => {
      const { headers } = await preflight(path, 'POST')
      expect(headers.get('access-control-allow-origin')).toBeNull()
    },
  )
})

test('G11 where nobody registers, no page is let in', async () => {
  const closed = await aWorld({ flags: { 'registration.mode': 'off' } })
  const headers = { origin, 'access-control-request-method': 'POST' }
  const answer = await closed.send('/register', { method: 'OPTIONS', headers })
  await closed.close()
  expect(answer.headers.get('access-control-allow-origin')).toBeNull()
})
