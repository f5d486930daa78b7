import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { guess, openForm } from './support/guesses.ts'
import { hashesOf } from './support/hashes.ts'
import { refresh, signIn, tokensOf } from './support/steps.ts'
import { aWorld, type World } from './support/world.ts'

type Posted = { readonly status: number; readonly retryAfter?: string; readonly milliseconds: number }

const crowd = 500

/** 500 sign-ins at once from a process of its own: real names and made-up ones, each its own. */
async function storm(world: World): Promise<Posted[]> {
  const { form, cookie } = await openForm(world)
  const posts = Array.from({ length: crowd }, (_, at) => ({
    port: world.server.port,
    path: form.action.pathname + form.action.search,
    headers: { host: new URL(world.issuer).host, cookie, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      ...Object.fromEntries(form.fields),
      username: at % 2 ? `real-${at % 20}` : `nobody-${at}`,
      password: 'canary-of-the-crowd',
      action: 'login',
    }).toString(),
  }))
  const child = spawn(process.execPath, [fileURLToPath(new URL('./support/login-storm.mjs', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(JSON.stringify(posts))
  let text = ''
  for await (const chunk of child.stdout) text += String(chunk)
  return JSON.parse(text) as Posted[]
}

/** Refreshes one after the other while `isOn`, at least 100 times; answers the milliseconds and the highest memory. */
async function refreshing(world: World, token: string, isOn: () => boolean) {
  const times: number[] = []
  let current = token
  let memory = 0
  while (isOn() || times.length < 100) {
    const start = performance.now()
    const answer = await refresh(world, world.c1, current)
    times.push(performance.now() - start)
    expect(answer.status).toBe(200)
    current = tokensOf(answer).refresh
    memory = Math.max(memory, process.memoryUsage.rss())
  }
  const p99 = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0
  return { p99, memory, token: current, count: times.length }
}

test('F10 500 sign-ins at once: a bounded queue, 503 for the rest, and refreshes go on', {
  timeout: 120_000,
}, async () => {
  const world = await aWorld({ flags: { 'throttle.perAddress': '100000' } })
  const { server } = world
  world.keepSecret('canary-of-the-crowd')
  for (let at = 1; at < 20; at += 2)
    await server.users.create({ username: `real-${at}` }, 'canary-of-somebody-real', 'test')
  const tokens = await signIn(world)
  const quiet = await refreshing(world, tokens.refresh, () => false)

  const before = await hashesOf(server)
  let isOver = false
  const storming = storm(world).finally(() => {
    isOver = true
  })
  const busy = await refreshing(world, quiet.token, () => !isOver)
  const answers = await storming

  const counts = Object.groupBy(answers, ({ status }) => status)
  expect(Object.keys(counts).filter((status) => !['400', '429', '503'].includes(status))).toEqual([])
  const verified = (await hashesOf(server)) - before
  expect(verified).toBe(counts[400]?.length)
  expect(verified).toBeGreaterThan(2)
  expect(verified).toBeLessThan(crowd / 2)
  for (const { retryAfter } of counts[503] ?? []) expect(Number(retryAfter)).toBeGreaterThan(0)
  for (const { retryAfter } of counts[429] ?? []) expect(Number(retryAfter)).toBeGreaterThan(0)

  const told = JSON.stringify({ quiet, busy, verified, refused: counts[503]?.length })
  expect(busy.p99, told).toBeLessThan(Math.max(150, 6 * quiet.p99))
  expect(busy.memory - quiet.memory, told).toBeLessThan(256 * 1024 * 1024)
  expect(Math.max(...(counts[400] ?? []).map(({ milliseconds }) => milliseconds)), told).toBeLessThan(15_000)
  expect((await server.metrics.expose()).text).toMatch(/^signet_password_queue_waiting 0$/m)
  expect((await refreshing(world, busy.token, () => false)).count).toBe(100)
  world.check([503])
  await world.close()
})

test('F10 who is turned away because of the crowd has used up no guess', { timeout: 120_000 }, async () => {
  const world = await aWorld({ flags: { 'throttle.perAddress': '100000', 'passwords.concurrency': '1' } })
  const { u1 } = world
  const open = await openForm(world)
  const attempts = Array.from({ length: 120 }, (_, at) =>
    guess(world, open, { username: `nobody-${at}`, password: 'x' }),
  )
  const turnedAway = Array.from({ length: 30 }, () => guess(world, open, { ...u1, from: '127.0.0.2' }))
  const statuses = (await Promise.all(turnedAway)).map(({ status }) => status)
  await Promise.all(attempts)
  expect(statuses.filter((status) => status === 503).length).toBeGreaterThan(10)
  expect((await guess(world, open, { ...u1, from: '127.0.0.2' })).status).toBe(303)
  world.check([503])
  await world.close()
})
