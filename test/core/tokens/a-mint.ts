import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import { expect } from 'vitest'
import type { Api } from '#core/apis/api.ts'
import type { Audience } from '#core/apis/audience.ts'
import { clientKeyFinder } from '#core/clients/client-keys.ts'
import { newClient } from '#core/clients/new-client.ts'
import { rotate } from '#core/keys/rotate.ts'
import { clientEncryption } from '#core/tokens/encrypt-for-client.ts'
import { idTokenMaker } from '#core/tokens/id-token.ts'
import { type FamilyOrder, openMint } from '#core/tokens/mint.ts'
import { opaqueTokenReader } from '#core/tokens/opaque-token.ts'
import { jwtSigner } from '#core/tokens/sign.ts'
import { subjects } from '#core/users/subject.ts'
import type { Json, User } from '#core/users/user.ts'
import { memoryKeys } from '#stores/memory/durable-keys.ts'
import { aRing, at, settings, start } from '../keys/rings.ts'

export const issuer = 'https://op.test'
const lifetimes = { access: 600, longest: settings.longestLifetime }

/** A mint over a ring that has a key for every algorithm, and its JWKS as a stranger has it. */
export async function aMint(accessAlg = 'ES256') {
  const store = memoryKeys()
  const ring = await aRing({ store })
  for (const alg of ['PS256', 'EdDSA'] as const) {
    const stored = (await store.read()) ?? expect.fail('no ring')
    await store.put((await rotate(stored, { alg, now: start, settings })).ring, stored.version)
  }
  await ring.refresh()
  const clock = { now: () => start, offset: 0 }
  const sign = jwtSigner(ring)
  const encryption = clientEncryption(
    clientKeyFinder({ get: () => expect.fail('no client here has its keys elsewhere') }),
  )
  const makeIdToken = idTokenMaker({ issuer, sign, ...subjects('a-salt'), encryption, lifetime: 300 })
  const mint = openMint({ issuer, clock, ring, sign, makeIdToken, encryption, lifetimes, accessAlg })
  const keys: JSONWebKeySet = JSON.parse(ring.jwks(start).body.toString())
  const verify = async (token: string) => jwtVerify(token, createLocalJWKSet(keys), { currentDate: start })
  return { mint, verify, ring, readOpaque: opaqueTokenReader(ring, issuer) }
}

const scopes = ['openid', 'department']
const wishes = { id: 'photos', name: 'Photos', redirectUris: ['https://photos.test/cb'], scopes }
export const { client } = newClient(wishes, start)

/** A person with these claims. */
export function aPerson(claims: { readonly [name: string]: Json } = {}): User {
  return {
    sub: 'usr_1',
    username: 'ada',
    email: 'ada@people.test',
    emailVerified: true,
    passwordHash: undefined,
    claims,
    enabled: true,
    tokenVersion: 3,
    createdAt: start,
    updatedAt: start,
    revision: 0,
  }
}

export const api: Api = {
  audience: 'https://api.test',
  scopes: new Map([['notes:read', 'Read notes']]),
  tokenFormat: 'jwt',
  alg: undefined,
  lifetime: undefined,
  createdAt: start,
  revision: 0,
}
export const atIssuer: Audience = { audience: issuer, api: undefined, scopes: new Set(['openid']) }
export const atApi: Audience = { audience: api.audience, api, scopes: new Set(['notes:read', 'roles']) }

/** What the token endpoint orders for a sign-in, but for the changes. */
export function order(macKid: string, more: Partial<FamilyOrder> = {}): FamilyOrder {
  return {
    client,
    user: aPerson(),
    family: {
      id: 'fam_1',
      clientId: client.id,
      userId: 'usr_1',
      sessionId: 'ses_1',
      sid: 'ses_1',
      scopes: new Set(['openid']),
      resource: undefined,
      authTime: at(-90),
      amr: ['pwd'],
      acr: 'aal1',
      userinfoClaims: [],
      versions: { user: 3, client: 1, everything: 2 },
      macKid,
      createdAt: start,
      expiresAt: at(86_400),
    },
    generation: 1,
    scopes: new Set(['openid']),
    audience: atIssuer,
    nonce: 'n-1',
    idTokenClaims: {},
    ...more,
  }
}
