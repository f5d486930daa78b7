import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { aProvider, type Provider } from '#test/support/provider.ts'

const python = '/usr/bin/python3'
const callback = 'http://localhost:4197/callback'

/** Whether the machine's own Python has these modules. */
function has(...modules: string[]): boolean {
  return spawnSync(python, ['-c', `import ${modules.join(', ')}`]).status === 0
}

const verifies = has('jwt', 'authlib')
const signsIn = has('authlib', 'requests')
if (!verifies || !signsIn)
  console.warn('Python strangers are skipped: apt-get install python3-jwt python3-authlib python3-requests')

let provider: Provider

beforeAll(async () => {
  provider = await aProvider()
})
afterAll(() => provider.close())

function verify(token: string, alg: string, audience = provider.api): unknown {
  const question = {
    jwks_uri: `${provider.issuer}/.well-known/jwks.json`,
    issuer: provider.issuer,
    audience,
    token,
    alg,
  }
  return new Promise((resolve, reject) => {
    const child = spawn(python, [`${import.meta.dirname}/verify.py`], { stdio: ['pipe', 'pipe', 'inherit'] })
    let answer = ''
    child.stdout.on('data', (chunk) => {
      answer += chunk
    })
    child.on('error', reject)
    child.on('close', () => resolve(JSON.parse(answer)))
    child.stdin.end(JSON.stringify(question))
  })
}

describe.skipIf(!verifies)('PyJWT and Authlib', () => {
  test.each(['ES256', 'RS256'])('accept an access token signed with %s, and not for another API', async (alg) => {
    const { id, token } = await provider.token({ scopes: ['notes:read'], accessTokenAlg: alg })

    expect(await verify(token, alg)).toEqual({ pyjwt: id, authlib: id })
    const other = await verify(token, alg, 'https://other.example')
    expect(other).toEqual({ pyjwt: 'InvalidAudienceError', authlib: 'InvalidClaimError' })
  })
})

describe.skipIf(!signsIn)('Authlib as a relying party', () => {
  test('signs in with PKCE, asks UserInfo and refreshes', async () => {
    const { id, secret } = await provider.client({ redirectUris: [callback], scopes: ['openid', 'profile'] })
    const metadata = `${provider.issuer}/.well-known/openid-configuration`
    const options = [`${import.meta.dirname}/sign_in.py`, metadata, id, callback, 'openid profile']
    const child = spawn(python, options, { stdio: ['pipe', 'pipe', 'inherit'] })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    child.stdin.write(`${secret}\n`)

    const url: string = (await lines.next()).value ?? ''
    child.stdin.write(`${await provider.person().authorize(url)}\n`)

    const result: unknown = JSON.parse((await lines.next()).value ?? '')
    expect(result).toEqual({ name: provider.name, sub: provider.sub, refreshed: true })
  })
})
