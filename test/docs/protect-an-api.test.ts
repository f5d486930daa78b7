import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePorts } from '#test/support/free-ports.ts'
import { aProvider, type Provider } from '#test/support/provider.ts'
import { snippetsOf } from './snippets.ts'
import { aTestIssuer } from './test-issuer.ts'

const audience = 'https://api.example.com'
const snippets = snippetsOf('protect-an-api.md')
const folder = mkdtempSync(join(tmpdir(), 'signet-guides-'))
symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
const issuer = await aTestIssuer(audience)
const python = ['/usr/bin/python3', 'python3'].find((one) => imports(one, 'jwt, cryptography')) ?? 'python3'

afterAll(async () => {
  await issuer.close()
  rmSync(folder, { recursive: true })
})

function imports(program: string, modules: string): boolean {
  return spawnSync(program, ['-c', `import ${modules}`]).status === 0
}

/** Runs a program of the guide until it answers; the URL it answers at. */
async function start(command: string, name: string, iss: string): Promise<{ url: string; child: ChildProcess }> {
  const file = join(folder, name)
  writeFileSync(file, snippets.get(name) ?? '')
  const [port] = await freePorts(1)
  const env = { PATH: process.env.PATH, ISSUER: iss, AUDIENCE: audience, PORT: `${port}` }
  const child = spawn(command, [file], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said += chunk
  })
  const url = `http://127.0.0.1:${port}/notes`
  while (!(await fetch(url).catch(() => undefined))) {
    if (child.exitCode !== null) throw new Error(`${name} ended:\n${said}`)
    await new Promise((again) => setTimeout(again, 50))
  }
  return { url, child }
}

const programs = [
  { name: 'express.mjs', command: process.execPath, here: true },
  { name: 'fastify.mjs', command: process.execPath, here: true },
  { name: 'flask_api.py', command: python, here: imports(python, 'flask, jwt, cryptography') },
  { name: 'django_api.py', command: python, here: imports(python, 'django, jwt, cryptography') },
]
for (const { name, here } of programs)
  if (!here) console.warn(`skipped: ${name} of the guide was not run, its Python modules are not here`)

test('the guide has exactly the programs that are run here', () => {
  expect([...snippets.keys()]).toEqual(programs.map(({ name }) => name))
})

const stranger = (await generateKeyPair('ES256', { extractable: true })).privateKey
const hourAgo = Math.floor(Date.now() / 1000) - 3600
const asText = new TextEncoder()

/** Tokens that an API has to refuse, and with which status. */
const hostile: readonly (readonly [string, () => Promise<string>, number])[] = [
  ['nothing', async () => '', 401],
  ['garbage', async () => 'garbage', 401],
  ['an ID token', () => issuer.token({ header: { typ: 'JWT' } }), 401],
  ['no type', async () => issuer.token({ header: { typ: undefined } as object }), 401],
  ['another audience', () => issuer.token({ claims: { aud: 'https://other.example.com' } }), 401],
  ['another issuer', () => issuer.token({ claims: { iss: 'https://other.example.com' } }), 401],
  ['an issuer with a slash', () => issuer.token({ claims: { iss: `${issuer.url}/` } }), 401],
  ['expired', () => issuer.token({ claims: { exp: hourAgo } }), 401],
  ['without an end', () => issuer.token({ claims: { exp: undefined } }), 401],
  ['signed by a stranger', () => issuer.token({ key: stranger }), 401],
  ['an unknown key', () => issuer.token({ header: { kid: 'unknown' } }), 401],
  ['the wrong algorithm for its key', () => issuer.token({ header: { alg: 'RS256', kid: 'ES256' } }), 401],
  [
    'the public key as an HMAC secret',
    () => issuer.token({ header: { alg: 'HS256', kid: 'ES256' }, key: asText.encode(JSON.stringify(issuer.jwks[0])) }),
    401,
  ],
  [
    'no algorithm',
    async () => `${btoa(JSON.stringify({ alg: 'none', typ: 'at+jwt' }))}.${(await issuer.token()).split('.')[1]}.`,
    401,
  ],
  ['a changed claim', async () => (await issuer.token()).replace(/\.(.{20}).{4}/, '.$1AAAA'), 401],
  ['too little scope', () => issuer.token({ claims: { scope: 'openid notes:readmore' } }), 403],
  ['no scope', () => issuer.token({ claims: { scope: undefined } }), 403],
]

describe.each(programs.filter(({ here }) => here))('$name', ({ name, command }) => {
  let url = ''
  let child: ChildProcess
  beforeAll(async () => {
    const started = await start(command, name, issuer.url)
    url = started.url
    child = started.child
  })
  afterAll(() => child?.kill())

  const ask = (token: string, scheme = 'Bearer') =>
    fetch(url, { headers: token ? { authorization: `${scheme} ${token}` } : {} })

  test.each(['ES256', 'RS256'])('lets an honest %s token in', async (alg) => {
    const answer = await ask(await issuer.token({ header: { alg } }))
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({ of: 'alice' })
  })

  test.each(hostile)('refuses %s', async (_what, make, status) => {
    const answer = await ask(await make())
    expect(answer.status).toBe(status)
    expect(answer.headers.get('www-authenticate')).toMatch(
      status === 401 ? /^Bearer error="invalid_token"/ : /insufficient_scope/,
    )
  })

  test('takes no other scheme for a bearer token', async () => {
    expect((await ask(await issuer.token(), 'Basic')).status).toBe(401)
    expect((await ask(await issuer.token(), 'bearer')).status).toBe(200)
  })
})

describe('with Signet as the issuer', () => {
  let provider: Provider
  beforeAll(async () => {
    provider = await aProvider({ api: audience })
  })
  afterAll(() => provider.close())

  test.each(programs.filter(({ here }) => here))(
    '$name takes its tokens, ES256 and RS256',
    async ({ name, command }) => {
      const { url, child } = await start(command, name, provider.issuer)
      try {
        for (const accessTokenAlg of ['ES256', 'RS256']) {
          const { id, token } = await provider.token({ scopes: ['notes:read'], accessTokenAlg })
          const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
          expect(await answer.json()).toEqual({ of: id })
        }
      } finally {
        child.kill()
      }
    },
  )
})
