import { beforeAll, describe, expect, test } from 'vitest'
import { chooseAudience } from '#core/apis/audience.ts'
import { OAuthError } from '#core/oauth/error.ts'
import { openMemoryDurableStores } from '#stores/memory/durable-stores.ts'

const issuer = 'https://op.test'
const { apis } = openMemoryDurableStores()

const api = (audience: string, ...scopes: string[]) => ({
  audience,
  scopes: new Map(scopes.map((scope) => [scope, scope])),
  tokenFormat: 'jwt' as const,
  alg: undefined,
  lifetime: undefined,
  createdAt: new Date(0),
  revision: 0,
})

async function choose(scopes: string, resource?: string): Promise<readonly [string, string] | string> {
  try {
    const chosen = await chooseAudience(apis, { resource, scopes: new Set(scopes.split(' ')), issuer })
    return [chosen.audience, [...chosen.scopes].join(' ')]
  } catch (error) {
    if (error instanceof OAuthError) return error.code
    throw error
  }
}

beforeAll(async () => {
  await apis.begin(api('https://notes.test', 'notes:read', 'notes:write'))
  await apis.begin(api('https://mail.test', 'mail:send'))
})

describe('the one audience of a token', () => {
  test.each([
    ['openid profile', undefined, [issuer, 'openid profile']],
    ['openid notes:read', undefined, ['https://notes.test', 'notes:read']],
    ['openid roles notes:read notes:write', undefined, ['https://notes.test', 'roles notes:read notes:write']],
    ['openid notes:read mail:send', undefined, 'invalid_target'],
    ['openid notes:read mail:send', 'https://mail.test', ['https://mail.test', 'mail:send']],
    ['openid notes:read', issuer, [issuer, 'openid']],
    ['openid notes:read', 'https://mail.test', 'invalid_target'],
    ['openid roles', 'https://mail.test', 'invalid_target'],
    ['openid', 'https://other.test', 'invalid_target'],
    ['openid', 'https://notes.test/', 'invalid_target'],
    ['unknown', undefined, [issuer, '']],
  ])('%s, resource %s', async (scopes, resource, expected) => {
    expect(await choose(scopes, resource)).toEqual(expected)
  })
})
