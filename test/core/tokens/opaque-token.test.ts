import { expect, test } from 'vitest'
import type { KeyRing } from '#core/keys/key-ring.ts'
import { Unavailable } from '#core/oauth/error.ts'
import type { AccessToken } from '#core/tokens/access-token.ts'
import { opaqueTokenReader, sealAccessToken } from '#core/tokens/opaque-token.ts'
import { writeRefreshToken } from '#core/tokens/refresh-token.ts'
import { aRing, at, start } from '../keys/rings.ts'
import { issuer } from './a-mint.ts'

const token: AccessToken = {
  jti: 'j',
  sub: 'usr_1',
  clientId: 'photos',
  audience: issuer,
  scopes: new Set(['openid', 'notes:read']),
  issuedAt: start,
  expiresAt: at(600),
  authTime: at(-90),
  acr: 'aal1',
  amr: ['pwd'],
  sid: 'ses_1',
  familyId: 'fam_1',
  versions: { user: 3, client: 1, everything: 2 },
  claims: { roles: ['admin'], name: 'Ådä ☃', uic: ['email'] },
}

const lastLetters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_']

async function opened() {
  const ring = await aRing()
  const key = ring.macKey(start)
  const read = opaqueTokenReader(ring, issuer)
  return { ring, key, read, sealed: sealAccessToken(key, issuer, token) }
}

test('a token is read as it was written, and no two are alike', async () => {
  const { key, read, sealed } = await opened()
  expect(await read(sealed)).toEqual(token)
  expect(sealAccessToken(key, issuer, token)).not.toBe(sealed)
  const bare = {
    ...token,
    authTime: undefined,
    acr: undefined,
    amr: [],
    sid: undefined,
    familyId: undefined,
    claims: {},
  }
  expect(await read(sealAccessToken(key, issuer, bare))).toEqual(bare)
})

test('a flipped bit anywhere makes it nothing', async () => {
  const { read, sealed, key } = await opened()
  const head = `at_${key.kid}.`
  const bytes = Buffer.from(sealed.slice(head.length), 'base64url')
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(await read(head + flipped.toString('base64url')), `bit ${bit}`).toBeUndefined()
  }
})

test('a token has one spelling', async () => {
  const { read, sealed, key } = await opened()
  for (const jti of ['j', 'jj', 'jjj']) {
    const cut = sealAccessToken(key, issuer, { ...token, jti }).slice(0, -1)
    const found = await Promise.all(lastLetters.map((last) => read(cut + last)))
    expect(found.filter((each) => each !== undefined)).toHaveLength(1)
  }
  const strange = [
    `${sealed}=`,
    `${sealed}A`,
    `${sealed}.`,
    ` ${sealed}`,
    `${sealed}\n`,
    sealed.slice(0, -1),
    `at_${key.kid}.`,
  ]
  const others = [
    sealed.toUpperCase(),
    `rt_${sealed.slice(3)}`,
    `at_${sealed}`,
    'at_',
    'at_.',
    `at_${'k'.repeat(65)}.AAAA`,
  ]
  const long = `${sealed}${'A'.repeat(200_000)}`
  const huge = sealAccessToken(key, issuer, { ...token, claims: { huge: 'x'.repeat(200_000) } })
  for (const text of [huge, ...strange, ...others, long]) expect(await read(text), text.slice(0, 30)).toBeUndefined()
})

test('a token that was sealed for another issuer, or under another key, is nothing', async () => {
  const { ring, key, read } = await opened()
  expect(await read(sealAccessToken(key, 'https://other.test', token))).toBeUndefined()
  const foreign = (await aRing()).macKey(start)
  expect(await read(sealAccessToken(foreign, issuer, token))).toBeUndefined()
  const renamed = sealAccessToken({ kid: key.kid, secret: foreign.secret }, issuer, token)
  expect(await read(renamed)).toBeUndefined()
  expect(await opaqueTokenReader(ring, 'https://other.test')(sealAccessToken(key, issuer, token))).toBeUndefined()
})

test('a refresh token in its clothes is nothing', async () => {
  const { key, read } = await opened()
  const facts = { issuer, familyId: 'fam_1', generation: 1, clientId: 'photos' }
  expect(await read(`at_${writeRefreshToken(key, facts).slice(3)}`)).toBeUndefined()
})

test('no claim of a person passes for one of the protocol', async () => {
  const { key, read } = await opened()
  const hostile = { sub: 'admin', aud: 'x', exp: 9_999_999_999, ver: [9, 9, 9], scope: 'x', jti: 'x', iss: 'x' }
  expect(await read(sealAccessToken(key, issuer, { ...token, claims: hostile }))).toEqual({ ...token, claims: {} })
})

test('a ring that cannot be read is an outage, and an unknown key is none', async () => {
  const { ring, sealed } = await opened()
  const broken: KeyRing = { ...ring, findMacKey: () => Promise.reject(new Error('no ring')) }
  await expect(opaqueTokenReader(broken, issuer)(sealed)).rejects.toBeInstanceOf(Unavailable)
  const asked: string[] = []
  const empty: KeyRing = { ...ring, findMacKey: async (kid) => void asked.push(kid) }
  expect(await opaqueTokenReader(empty, issuer)(sealed)).toBeUndefined()
  for (const kid of ['k'.repeat(64), 'k'.repeat(65), '', 'a b'])
    await opaqueTokenReader(empty, issuer)(`at_${kid}.${'A'.repeat(64)}`)
  expect(asked).toEqual([ring.macKey(start).kid, 'k'.repeat(64)])
})
