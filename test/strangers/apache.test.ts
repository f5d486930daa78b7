import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Authority, anAuthority } from '#test/support/certificates.ts'
import { freePorts } from '#test/support/free-ports.ts'
import type { Person } from '#test/support/person.ts'
import { aProvider, type Provider } from '#test/support/provider.ts'
import { trust } from '#test/support/secure-server.ts'
import { anApache, noApache } from './apache.ts'

if (noApache) console.warn(`Apache as a relying party is skipped: ${noApache}`)

/** What the module's info hook shows of its session. */
type Info = {
  readonly access_token?: string
  readonly refresh_token?: string
  readonly id_token?: { readonly iss: string; readonly sub: string }
  readonly userinfo?: { readonly name: string }
}

describe.skipIf(noApache)('Apache with mod_auth_openidc', () => {
  let authority: Authority
  let provider: Provider
  let apache: { close(): Promise<void> }
  let app = ''

  beforeAll(async () => {
    authority = anAuthority()
    trust(authority)
    const [port = 0] = await freePorts(1)
    app = `http://localhost:${port}`
    provider = await aProvider({ authority, flags: { 'outbound.allow': `localhost:${port}` } })
    const { id, secret } = await provider.client({
      redirectUris: [`${app}/app/callback`],
      postLogoutRedirectUris: [`${app}/bye.html`],
      scopes: ['openid', 'profile', 'offline_access'],
      backchannelLogout: { uri: `${app}/app/callback?logout=backchannel`, sessionRequired: true },
    })
    const { issuer } = provider
    const scope = 'openid profile offline_access'
    const told = { port, issuer, clientId: id, clientSecret: secret, authority: authority.pem.certificate, scope }
    apache = await anApache(told)
  })
  afterAll(async () => {
    await apache?.close()
    await provider?.close()
    authority?.remove()
  })

  async function info(person: Person): Promise<Info> {
    const page = await person.browser.open(`${app}/app/callback?info=json`)
    return page.status === 200 ? JSON.parse(page.text) : {}
  }

  test('signs a person in over https with a private authority, refreshes, and signs out at both ends', async () => {
    const person = provider.person([app])
    const page = await person.follow(`${app}/app/`)
    expect([page.title, page.headers.get('x-signed-in')?.split('@')[0]]).toEqual(['The app', provider.sub])

    const first = await info(person)
    expect(first).toMatchObject({
      id_token: { iss: provider.issuer, sub: provider.sub },
      userinfo: { name: provider.name },
    })
    const refresh = new URL(`${app}/app/callback`)
    refresh.searchParams.set('refresh', `${app}/app/`)
    refresh.searchParams.set('access_token', first.access_token ?? '')
    expect((await person.follow(refresh)).title).toBe('The app')
    const second = await info(person)
    expect([typeof second.access_token, typeof second.refresh_token]).toEqual(['string', 'string'])
    expect([second.access_token === first.access_token, second.refresh_token === first.refresh_token]).toEqual([
      false,
      false,
    ])

    const out = await person.browser.open(`${app}/app/callback?logout=${encodeURIComponent(`${app}/bye.html`)}`)
    expect([out.url.href, out.title]).toEqual([`${app}/bye.html`, 'Bye'])
    const again = await person.browser.open(`${app}/app/`)
    expect(again.url.origin).toBe(provider.issuer)
    expect(again.forms.some(({ buttons }) => buttons.some(({ id }) => id === 'login'))).toBe(true)
  })

  test('is told by the back channel that a session has ended elsewhere', async () => {
    const person = provider.person([app])
    expect((await person.follow(`${app}/app/`)).title).toBe('The app')
    expect((await person.browser.open(`${app}/app/`)).title).toBe('The app')
    await provider.endSessions()
    expect((await person.browser.open(`${app}/app/`)).url.origin).toBe(provider.issuer)
  })
})
