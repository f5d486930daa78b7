import { describe, expect, test } from 'vitest'
import type { ClaimWish } from '#core/authorize/claims-request.ts'
import { grantableWishes, isProtocolClaim, pickClaims, releaseClaims, scopeOfClaim } from '#core/users/claims.ts'
import type { User } from '#core/users/user.ts'

const user: User = {
  sub: 'usr_1',
  username: 'alice',
  email: 'alice@example.com',
  emailVerified: true,
  passwordHash: undefined,
  claims: {
    name: 'Alice',
    nickname: '',
    picture: null,
    roles: ['admin'],
    tenant: 't1',
    iss: 'https://evil.test',
    sub: 'usr_0',
  },
  enabled: true,
  tokenVersion: 0,
  createdAt: new Date(0),
  updatedAt: new Date('2026-01-01T00:00:00.900Z'),
  revision: 0,
}

describe('claims', () => {
  test('a scope releases its own claims; empty and null ones are left out', () => {
    expect(releaseClaims(user, new Set(['profile']))).toEqual({
      name: 'Alice',
      preferred_username: 'alice',
      updated_at: 1_767_225_600,
    })
    expect(releaseClaims(user, new Set(['email']))).toEqual({ email: 'alice@example.com', email_verified: true })
  })

  test('openid and offline_access release nothing', () => {
    expect(releaseClaims(user, new Set(['openid', 'offline_access']))).toEqual({})
  })

  test('roles come by their scope, a custom claim by the scope of its own name', () => {
    expect(releaseClaims(user, new Set(['roles']))).toEqual({ roles: ['admin'] })
    expect(releaseClaims(user, new Set(['tenant']))).toEqual({ tenant: 't1' })
    expect(scopeOfClaim('tenant')).toBe('tenant')
    expect(scopeOfClaim('birthdate')).toBe('profile')
  })

  test.each([
    'iss',
    'sub',
    'aud',
    'exp',
    'client_id',
    'scope',
    'sid',
    'acr',
    'cnf',
    'fid',
    'ver',
    '__proto__',
    'constructor',
  ])('a record cannot say %s', (name) => {
    expect(isProtocolClaim(name)).toBe(true)
    expect(pickClaims(user, [name])).toEqual({})
    expect(releaseClaims(user, new Set([name]))).toEqual({})
  })
})

describe('claims that are asked for by name', () => {
  const asked: readonly (readonly [string, ClaimWish, boolean])[] = [
    ['name', {}, true],
    ['name', { essential: true }, true],
    ['website', {}, true],
    ['name', { value: 'Alice' }, true],
    ['name', { value: 'alice' }, false],
    ['name', { essential: true, value: 'Bob' }, false],
    ['name', { values: ['Bob', 'Alice'] }, true],
    ['name', { values: [] }, false],
    ['roles', { value: ['admin'] }, true],
    ['roles', { value: 'admin' }, false],
    ['email_verified', { value: true }, true],
    ['email_verified', { value: 'true' }, false],
    ['website', { value: 'https://alice.test' }, false],
  ]
  test.each(asked)('%s as %j: %s', (name, wish, isGranted) => {
    expect(grantableWishes({ [name]: wish }, user)).toEqual(isGranted ? [name] : [])
  })

  test('nothing empty is released, and no flag about what is not there', () => {
    const bare = { ...user, email: undefined, claims: { address: {}, roles: [], phone_number_verified: true } }
    expect(releaseClaims(bare, new Set(['address', 'roles', 'phone', 'email']))).toEqual({})
  })
})
