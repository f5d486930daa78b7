import { describe, expect, test } from 'vitest'
import type { ClientWishes } from '#core/clients/client-wishes.ts'
import { wishesOf } from '#core/clients/client-wishes.ts'
import { newClient } from '#core/clients/new-client.ts'
import { readWishes } from '#core/clients/read-wishes.ts'
import { Rejection } from '#core/oauth/rejection.ts'
import { noon } from '#test/stores/durable/samples.ts'

const least = { name: 'Shop', redirectUris: ['https://shop.example/callback'] }

/** The fields at fault, each once. */
function faultsOf(wishes: ClientWishes): readonly string[] {
  try {
    readWishes({ ...least, ...wishes })
    return []
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    return [...new Set(error.faults.map(({ field }) => field))]
  }
}

describe('what OpenID Connect adds to a client', () => {
  const refused: readonly [string, ClientWishes][] = [
    ['responseTypes', { responseTypes: ['code', 'none'] }],
    ['responseTypes', { responseTypes: ['token id_token'], grantTypes: ['authorization_code'] }],
    ['responseTypes', { responseTypes: ['code'], grantTypes: ['client_credentials'] }],
    ['subjectType', { subjectType: 'private' }],
    ['sectorIdentifierUri', { sectorIdentifierUri: 'http://localhost/sector' }],
    ['initiateLoginUri', { initiateLoginUri: 'http://localhost/login' }],
    ['initiateLoginUri', { initiateLoginUri: 'javascript:alert(1)' }],
    ['idTokenEncryption', { idTokenEncryption: { alg: 'RSA-OAEP-256' } }],
    ['userInfoEncryption', { userInfoEncryption: { alg: 'PBES2-HS256+A128KW' }, jwksUri: 'https://shop.example/keys' }],
    ['userInfoEncryption', { userInfoEncryption: { enc: 'A128GCM' }, jwksUri: 'https://shop.example/keys' }],
    ['requestObjectEncryption', { requestObjectEncryption: { alg: 'ECDH-ES', enc: 'A192GCM' } }],
    ['userInfoAlg', { userInfoAlg: 'none' }],
    ['requestObjectAlg', { requestObjectAlg: 'none' }],
    ['requestUris', { requestUris: ['http://shop.example/request'] }],
    ['defaultMaxAge', { defaultMaxAge: -1 }],
    ['defaultMaxAge', { defaultMaxAge: 1.5 }],
    ['defaultAcrValues', { defaultAcrValues: ['a\nb'] }],
    ['backchannelLogout', { backchannelLogout: { uri: 'http://shop.example/out' } }],
    ['frontchannelLogout', { frontchannelLogout: { uri: 'https://shop.example/out#here' } }],
    ['contacts', { contacts: [''] }],
    ['softwareId', { softwareId: 'x'.repeat(501) }],
  ]
  test.each(refused)('%s is refused: %j', (field, wishes) => {
    expect(faultsOf(wishes)).toEqual([field])
  })

  test('a client that says nothing has the code flow and public subjects', () => {
    expect(readWishes(least)).toMatchObject({
      responseTypes: new Set(['code']),
      subjectType: 'public',
      requestUris: [],
      requireAuthTime: false,
      backchannelLogout: undefined,
    })
  })

  test('an encryption without a content encryption has the default one', () => {
    const jwksUri = 'https://shop.example/keys'
    const { idTokenEncryption } = readWishes({ ...least, jwksUri, idTokenEncryption: { alg: 'ECDH-ES' } })
    expect(idTokenEncryption).toEqual({ alg: 'ECDH-ES', enc: 'A128CBC-HS256' })
  })

  test('a fragment of a request URI is kept as it is', () => {
    const requestUris = ['https://shop.example/request#v2']
    expect(readWishes({ ...least, requestUris }).requestUris).toEqual(requestUris)
  })

  test('the wishes of a client make it again, and a change of grants changes what follows from them', () => {
    const backchannelLogout = { uri: 'https://shop.example/out', sessionRequired: true }
    const { client } = newClient({ ...least, backchannelLogout, defaultMaxAge: 0 }, noon)
    expect(readWishes(wishesOf(client))).toMatchObject({ backchannelLogout, defaultMaxAge: 0 })
    const machine = { ...wishesOf(client), grantTypes: ['client_credentials'], redirectUris: [] }
    expect(readWishes(machine).responseTypes).toEqual(new Set())
  })
})
