import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { importKey, makeFirstRing } from '#core/keys/rotate.ts'
import type { SigningAlg } from '#core/keys/stored-ring.ts'
import { at, settings, start } from './rings.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const weakRsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
const smallExponent = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).privateKey
const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey
const k256 = generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey
const ed25519 = generateKeyPairSync('ed25519').privateKey
const ed448 = generateKeyPairSync('ed448').privateKey
const x25519 = generateKeyPairSync('x25519').privateKey

const pem = (key: KeyObject, type: 'pkcs8' | 'pkcs1' | 'sec1' = 'pkcs8'): string =>
  key.export({ format: 'pem', type }).toString()
const jwk = (key: KeyObject, more: object = {}): string => JSON.stringify({ ...key.export({ format: 'jwk' }), ...more })

async function imported(text: string, alg?: SigningAlg) {
  const ring = await makeFirstRing({ now: start, settings })
  return importKey(ring, { file: { text, alg }, now: at(60), settings })
}

describe('accepted', () => {
  test.each<[string, string, SigningAlg | undefined, SigningAlg]>([
    ['RSA, PKCS #8', pem(rsa), undefined, 'RS256'],
    ['RSA, PKCS #1', pem(rsa, 'pkcs1'), undefined, 'RS256'],
    ['RSA for PS256', pem(rsa), 'PS256', 'PS256'],
    ['RSA JWK that names PS256', jwk(rsa, { alg: 'PS256' }), undefined, 'PS256'],
    ['P-256, SEC 1', pem(p256, 'sec1'), undefined, 'ES256'],
    ['P-256 JWK', ` ${jwk(p256, { use: 'sig', kid: 'mine' })}\n`, undefined, 'ES256'],
    ['Ed25519', pem(ed25519), undefined, 'EdDSA'],
    ['Ed25519 JWK', jwk(ed25519), 'EdDSA', 'EdDSA'],
  ])('%s', async (_, text, asked, alg) => {
    const { key } = await imported(text, asked)
    expect(key.alg).toBe(alg)
    expect(key.kid).toMatch(/^[\w-]{43}$/)
  })

  test('it waits like any new key, or signs at once as the first of its algorithm', async () => {
    expect((await imported(pem(p256))).key.signsFrom).toEqual(at(60 + 915))
    expect((await imported(pem(ed25519))).key.signsFrom).toEqual(at(60))
  })
})

describe('refused, and nothing of the key is quoted', () => {
  const { n, d, dp } = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })
  const { x, y } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  test.each<[string, string, SigningAlg | undefined, RegExp]>([
    ['1024 bits', pem(weakRsa), undefined, /2048 bits or more, this one has 1024/],
    ['exponent 3', pem(smallExponent), undefined, /exponent/],
    ['RSA-PSS by type', pem(pss), undefined, /type rsa-pss/],
    ['P-384', pem(p384), undefined, /P-256/],
    ['secp256k1', jwk(k256), undefined, /P-256|cannot be read|can be read/],
    ['Ed448', pem(ed448), undefined, /Ed25519/],
    ['X25519', pem(x25519), undefined, /type x25519/],
    ['symmetric', JSON.stringify({ kty: 'oct', k: 'c2VjcmV0LXNlY3JldC1zZWNyZXQ' }), undefined, /symmetric/],
    ['public JWK', jwk(p256, { d: undefined }), undefined, /not a private key/],
    ['public PEM', '-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----', undefined, /not a private key/],
    ['encrypted', pem(p256).replaceAll('PRIVATE', 'ENCRYPTED PRIVATE'), undefined, /encrypted/],
    ['key set', JSON.stringify({ keys: [p256.export({ format: 'jwk' })] }), undefined, /one key at a time/],
    ['for encryption', jwk(p256, { use: 'enc' }), undefined, /not meant for signing/],
    ['another algorithm asked', pem(p256), 'RS256', /RS256 needs an RSA key/],
    ['another algorithm named', jwk(rsa, { alg: 'RS256' }), 'PS256', /is for RS256/],
    ['algorithm unknown', jwk(rsa, { alg: 'HS256' }), undefined, /none of/],
    ['foreign public half', jwk(p256, { x, y }), undefined, /do not belong together|can be read/],
    ['foreign public half, RSA', jwk(rsa, { n }), undefined, /do not belong together|can be read/],
    ['foreign exponents, RSA', jwk(rsa, { d, dp }), undefined, /do not belong together/],
    ['broken JSON', `${jwk(p256).slice(0, -9)}`, undefined, /cannot be read/],
    ['broken PEM', '-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----', undefined, /can be read/],
    ['nothing', '', undefined, /not a private key/],
  ])('%s', async (_, text, alg, why) => {
    const error = await imported(text, alg).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'refused_key', message: expect.stringMatching(why) })
    expect(error).not.toHaveProperty('cause')
    const { d: own = '' } = p256.export({ format: 'jwk' })
    expect(String(error)).not.toContain(own.slice(0, 8))
  })

  test('a key that is in the ring already', async () => {
    const { ring } = await imported(pem(p256))
    const again = importKey(ring, { file: { text: jwk(p256) }, now: at(90), settings })
    await expect(again).rejects.toMatchObject({ code: 'conflict' })
  })
})
