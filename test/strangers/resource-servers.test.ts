import { createRequire } from 'node:module'
import express from 'express'
import { auth, requiredScopes } from 'express-oauth2-jwt-bearer'
import fastify, { type FastifyInstance, type FastifyPluginCallback } from 'fastify'
import type { FastifyJwtJwksOptions } from 'fastify-jwt-jwks'
import { importSPKI, jwtVerify } from 'jose'
import { JwksClient } from 'jwks-rsa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aLocalApp } from '#test/support/local-app.ts'
import { aProvider, type Provider } from '#test/support/provider.ts'

let provider: Provider
let es256: string
let rs256: string
const scope = 'notes:read'

beforeAll(async () => {
  provider = await aProvider()
  es256 = (await provider.token({ scopes: [scope] })).token
  rs256 = (await provider.token({ scopes: [scope], accessTokenAlg: 'RS256' })).token
})
afterAll(() => provider.close())

const bearing = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })

// As its manual does: the types promise a default export that is not the plugin.
const jwtJwks = createRequire(import.meta.url)('fastify-jwt-jwks') as FastifyPluginCallback<FastifyJwtJwksOptions>

/** The same token with one bit of its signature turned. */
function forged(token: string): string {
  const [head, body, signature = ''] = token.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0)
  return `${head}.${body}.${bytes.toString('base64url')}`
}

test('jwks-rsa finds the key that an access token names, for both algorithms', async () => {
  const jwks = new JwksClient({ jwksUri: `${provider.issuer}/.well-known/jwks.json` })
  for (const [alg, token] of Object.entries({ ES256: es256, RS256: rs256 })) {
    const { kid } = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }
    const pem = (await jwks.getSigningKey(kid)).getPublicKey()

    const checks = { issuer: provider.issuer, audience: provider.api, typ: 'at+jwt', algorithms: [alg] }
    expect((await jwtVerify(token, await importSPKI(pem, alg), checks)).payload.scope).toBe(scope)
  }
})

test('express-oauth2-jwt-bearer accepts ES256 tokens, strictly as RFC 9068 has them, and no forged one', async () => {
  const app = await aLocalApp(() => {
    const site = express()
    site.use(auth({ issuerBaseURL: provider.issuer, audience: provider.api, tokenSigningAlg: 'ES256', strict: true }))
    site.get('/notes', requiredScopes(scope), (request, response) => response.json(request.auth?.payload))
    site.get('/more', requiredScopes('notes:write'), (_request, response) => response.json({}))
    return site
  })
  const ask = (path: string, token: string) => fetch(`${app.origin}${path}`, bearing(token))
  try {
    expect(await (await ask('/notes', es256)).json()).toMatchObject({ aud: provider.api, scope })
    expect((await ask('/more', es256)).status).toBe(403)
    expect((await ask('/notes', forged(es256))).status).toBe(401)
    expect((await ask('/notes', rs256)).status).toBe(401)
  } finally {
    await app.close()
  }
})

test('fastify-jwt-jwks accepts tokens of a client that takes RS256, and no forged one', async () => {
  const app: FastifyInstance = fastify()
  const settings = {
    jwksUrl: `${provider.issuer}/.well-known/jwks.json`,
    issuer: provider.issuer,
    audience: provider.api,
  }
  await app.register(jwtJwks, settings)
  app.get('/notes', { preValidation: app.authenticate }, (request) => request.user)
  const ask = (token: string) => app.inject({ url: '/notes', ...bearing(token) })
  try {
    expect((await ask(rs256)).json()).toMatchObject({ aud: provider.api, scope })
    expect((await ask(forged(rs256))).statusCode).toBe(401)
  } finally {
    await app.close()
  }
})
