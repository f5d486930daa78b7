import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { aStopwatch } from '#test/support/stopwatch.ts'

let folder = ''
let child: ChildProcess
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'signet-shutdown-'))
})
afterEach(() => {
  child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

type Listening = {
  readonly event: string
  readonly addresses: { readonly public: string[]; readonly management: string[] }
}

/** `signet serve` as an operator starts it; resolves with the line that says ready. */
async function serve(): Promise<{ url: URL; management: string; exited: Promise<unknown[]> }> {
  const env = {
    PATH: process.env.PATH,
    SIGNET_ISSUER: 'http://localhost:3000',
    SIGNET_PORT: '0',
    SIGNET_MANAGEMENT_PORT: '0',
    SIGNET_DATA_DIR: join(folder, 'data'),
    SIGNET_KEYS_DIR: join(folder, 'keys'),
    SIGNET_KEYS_SECRET: randomBytes(32).toString('base64'),
  }
  child = spawn(process.execPath, ['apps/cli/bin.mjs', 'serve'], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  for await (const text of createInterface({ input: child.stdout ?? process.stdin })) {
    const line: Listening = JSON.parse(text)
    if (line.event !== 'listening') continue
    const [url = ''] = line.addresses.public
    return { url: new URL(url), management: line.addresses.management[0] ?? '', exited }
  }
  throw new Error('the server ended before it was ready')
}

async function open({ hostname, port }: URL): Promise<Socket> {
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  return socket
}

const head =
  'POST /token HTTP/1.1\r\nhost: localhost:3000\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 29\r\n\r\n'

test('SIGTERM: not ready at once, what is under way is answered, idle connections do not hold it, exit 0', async () => {
  const { url, management, exited } = await serve()
  expect((await fetch(`${management}/health/ready`)).status).toBe(200)

  const idle = await open(url)
  idle.write('GET /.well-known/jwks.json HTTP/1.1\r\nhost: localhost:3000\r\n\r\n')
  await once(idle, 'data')
  const busy = await open(url)
  busy.write(`${head}grant_type=client_`)
  // The answer to a later request on another connection shows that the server has read the head of this one.
  await fetch(`${url}.well-known/jwks.json`, { headers: { host: 'localhost:3000' } })

  const watch = aStopwatch()
  child.kill('SIGTERM')
  await once(idle, 'close')
  expect((await fetch(`${management}/health/ready`)).status).toBe(503)
  expect((await fetch(`${management}/health/live`)).status).toBe(200)
  await expect(fetch(url)).rejects.toThrow()

  busy.write('credentials')
  const [answer] = await once(busy, 'data')
  expect(String(answer)).toMatch(/^HTTP\/1\.1 401 /)
  expect(String(answer)).toContain('invalid_client')

  expect(await exited).toEqual([0, null])
  expect(watch.milliseconds()).toBeLessThan(10_000)
}, 60_000)

test('clients that send slowly do not hold the server: they are cut off, and it stops as it should', async () => {
  const { url, exited } = await serve()
  const silent = await open(url)
  const inHead = await open(url)
  inHead.write(head.slice(0, 30))
  const trickling = await open(url)
  trickling.write(`${head}g`)
  const trickle = setInterval(() => trickling.write('r'), 500)
  for (const socket of [silent, inHead, trickling]) socket.on('error', () => clearInterval(trickle))
  await fetch(`${url}.well-known/jwks.json`)

  const watch = aStopwatch()
  child.kill('SIGTERM')
  expect(await exited).toEqual([0, null])
  clearInterval(trickle)
  expect(watch.milliseconds()).toBeLessThan(10_000)
}, 60_000)
