import { expect, test } from 'vitest'
import { sendRaw } from '#test/security/support/raw-http.ts'
import { theWorld } from '#test/security/support/world.ts'

const { server } = await theWorld()

test('a HEAD that cannot be parsed is answered without a body, and the connection is closed', async () => {
  const { text, isClosed } = await sendRaw(server.port, 'HEAD  HTTP/1.1\r\nhost: localhost\r\n\r\n')
  const [head = '', body] = text.split('\r\n\r\n')
  expect(head.split('\r\n')[0]).toBe('HTTP/1.1 400 Bad Request')
  expect(head).toContain('connection: close')
  expect([body, isClosed]).toEqual(['', true])
})

test('what else cannot be parsed is told so in JSON', async () => {
  const { text } = await sendRaw(server.port, 'GET  HTTP/1.1\r\nhost: localhost\r\n\r\n')
  expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '')).toMatchObject({ error: 'invalid_request' })
})
