import { expect, test } from 'vitest'
import { describeEach } from './implementations.ts'
import { aClient, noon, seconds } from './samples.ts'

describeEach('clients', (open) => {
  test('a client is found as it was kept, every part of it', async () => {
    const { clients } = await open()
    const secrets = [
      { hash: 'new', createdAt: seconds(1), expiresAt: undefined },
      { hash: 'old', createdAt: noon, expiresAt: seconds(60) },
    ]
    const whole = aClient({
      applicationType: 'native',
      redirectUris: ['https://b.example/?x=1&y=ü', 'https://a.example/'],
      postLogoutRedirectUris: ['https://a.example/bye'],
      grantTypes: new Set(['refresh_token', 'authorization_code']),
      authentication: { method: 'client_secret_post', secrets },
      scopes: new Set(['openid', 'email', 'a']),
      firstParty: true,
      accessTokenFormat: 'opaque',
      accessTokenAlg: 'RS256',
      idTokenAlg: 'ES256',
      resourceServerOf: 'https://api.example/',
      clientUri: 'https://a.example/',
      logoUri: 'https://a.example/logo.png',
      policyUri: 'https://a.example/policy',
      tosUri: 'https://a.example/tos',
      jwks: [{ kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo', kid: 'one' }],
      jwksUri: 'https://a.example/keys',
      tokenEndpointAuthSigningAlg: 'EdDSA',
      responseTypes: new Set(['code id_token', 'code']),
      subjectType: 'pairwise',
      sectorIdentifierUri: 'https://a.example/sector',
      idTokenEncryption: { alg: 'ECDH-ES', enc: 'A128GCM' },
      userInfoAlg: 'ES256',
      userInfoEncryption: { alg: 'RSA-OAEP-256', enc: 'A256GCM' },
      requestObjectAlg: 'RS256',
      requestObjectEncryption: { alg: 'RSA-OAEP', enc: 'A128CBC-HS256' },
      requestUris: ['https://a.example/request#1'],
      defaultMaxAge: 0,
      requireAuthTime: true,
      defaultAcrValues: ['aal1'],
      initiateLoginUri: 'https://a.example/login',
      backchannelLogout: { uri: 'https://a.example/out', sessionRequired: true },
      frontchannelLogout: { uri: 'https://a.example/bye', sessionRequired: false },
      contacts: ['ops@a.example'],
      softwareId: 'a',
      softwareVersion: '2',
      registration: { tokenHash: 'digest', by: 'open', at: noon },
      enabled: false,
      tokenVersion: 3,
    })
    expect(await clients.begin(whole)).toBe('begun')
    const found = await clients.find('shop')
    expect(found).toEqual(whole)
    expect([...(found?.scopes ?? [])]).toEqual(['openid', 'email', 'a'])
    const sealed = secrets.map((secret) => ({ ...secret, sealed: 'sealed' }))
    for (const authentication of [
      { method: 'none' },
      { method: 'client_secret_basic', secrets },
      { method: 'private_key_jwt' },
      { method: 'client_secret_jwt', secrets: sealed },
      { method: 'tls_client_auth', subject: { kind: 'subject_dn', value: 'CN=shop,O=Example' } },
      { method: 'self_signed_tls_client_auth' },
    ] as const) {
      const other = aClient({ id: authentication.method, authentication })
      await clients.begin(other)
      expect(await clients.find(other.id)).toEqual(other)
    }
  })

  test('what is not there is not found, and an id is in use once', async () => {
    const { clients } = await open()
    expect(await clients.begin(aClient())).toBe('begun')
    expect(await clients.begin(aClient({ name: 'Another' }))).toBe('taken')
    expect((await clients.find('shop'))?.name).toBe('Shop')
    for (const id of ['Shop', '', 'shop ', 'shop\0', 'shop\udfff']) expect(await clients.find(id)).toBeUndefined()
  })

  test('a put needs the revision that it read', async () => {
    const { clients } = await open()
    await clients.begin(aClient())
    expect(await clients.put(aClient({ name: 'Second' }))).toBe('stored')
    expect(await clients.put(aClient({ name: 'Third' }))).toBe('conflict')
    expect(await clients.find('shop')).toEqual(aClient({ name: 'Second', revision: 2 }))
    expect(await clients.put(aClient({ id: 'other' }))).toBe('missing')
    expect(await clients.find('other')).toBeUndefined()
  })

  test('of 20 concurrent puts of one revision exactly one is stored', async () => {
    const { clients } = await open()
    await clients.begin(aClient())
    const puts = Array.from({ length: 20 }, (_, n) => clients.put(aClient({ name: `Name ${n}` })))
    const outcomes = await Promise.all(puts)
    expect(outcomes.filter((outcome) => outcome === 'stored')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'conflict')).toHaveLength(19)
    expect(await clients.find('shop')).toMatchObject({ name: `Name ${outcomes.indexOf('stored')}`, revision: 2 })
  })

  test('of 20 that begin under one id exactly one does', async () => {
    const { clients } = await open()
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, n) => clients.begin(aClient({ name: `Name ${n}` }))),
    )
    expect(outcomes.filter((outcome) => outcome === 'begun')).toHaveLength(1)
    expect((await clients.listPage('', 100)).records.map((client) => client.name)).toEqual([
      `Name ${outcomes.indexOf('begun')}`,
    ])
  })

  test('page by page each is seen once, whole, by id', async () => {
    const { clients } = await open()
    for (const id of ['c', 'a', 'b']) await clients.begin(aClient({ id, name: `Name of ${id}` }))
    const first = await clients.listPage('', 2)
    const rest = await clients.listPage(first.next ?? '', 2)
    const names = [...first.records, ...rest.records].map(({ name }) => name)
    expect([names, first.next, rest.next]).toEqual([['Name of a', 'Name of b', 'Name of c'], 'b', undefined])
  })

  test('whoever goes through all of them sees each once, and what begins or ends meanwhile disturbs nobody', async () => {
    const { clients } = await open()
    const ids = ['-b', 'B', '_', 'a', 'ab', 'b']
    for (const [n, id] of ids.entries()) {
      await clients.begin(aClient({ id, name: `${9 - n}`, tokenVersion: n, redirectUris: [`https://${n}.example/cb`] }))
    }
    const first = await clients.listAfter('', 3)
    expect(first).toHaveLength(3)
    for (const { id } of first) await clients.end(id)
    await clients.begin(aClient({ id: 'c' }))
    const rest = await clients.listAfter(first.at(-1)?.id ?? '', 9)
    const all = [...first, ...rest]
    expect(all.map(({ id }) => id).sort()).toEqual([...ids, 'c'])
    const found = all.find(({ id }) => id === 'ab')
    expect([found?.tokenVersion, found?.redirectUris]).toEqual([4, ['https://4.example/cb']])
    expect(await clients.listAfter(rest.at(-1)?.id ?? '', 3)).toEqual([])
  })

  test('an ended client is gone with what people allowed it, so that its id can mean another', async () => {
    const { clients, consents } = await open()
    await clients.begin(aClient())
    await consents.put({ userId: 'usr_1', clientId: 'shop', scopes: new Set(['openid']), givenAt: noon })
    expect(await clients.end('shop')).toBe(true)
    expect(await clients.end('shop')).toBe(false)
    expect(await clients.find('shop')).toBeUndefined()
    expect(await clients.begin(aClient())).toBe('begun')
    expect(await consents.find('usr_1', 'shop')).toBeUndefined()
  })
})
