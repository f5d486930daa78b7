import express from 'express'
import { auth } from 'express-openid-connect'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aLocalApp, type LocalApp } from '#test/support/local-app.ts'
import { aProvider, type Provider } from '#test/support/provider.ts'

let provider: Provider
let app: LocalApp

beforeAll(async () => {
  provider = await aProvider()
  app = await aLocalApp(async (baseURL) => {
    const { id, secret } = await provider.client({
      redirectUris: [`${baseURL}/callback`],
      postLogoutRedirectUris: [baseURL],
      scopes: ['openid', 'profile', 'notes:read'],
    })
    return relyingParty(baseURL, id, secret)
  })
})
afterAll(async () => {
  await app.close()
  await provider.close()
})

function relyingParty(baseURL: string, clientID: string, clientSecret: string) {
  const site = express()
  site.use(
    auth({
      issuerBaseURL: provider.issuer,
      baseURL,
      clientID,
      clientSecret,
      secret: 'a long secret for the cookies of this test alone',
      idpLogout: true,
      authRequired: false,
      authorizationParams: { response_type: 'code', scope: 'openid profile notes:read', resource: provider.api },
    }),
  )
  site.get('/', (request, response) => {
    response.json({ signedIn: request.oidc.isAuthenticated(), sub: request.oidc.user?.sub })
  })
  site.get('/refresh', async (request, response) => {
    const before = request.oidc.accessToken?.access_token
    const after = await request.oidc.accessToken?.refresh()
    response.json({ refreshed: after !== undefined && after.access_token !== before })
  })
  return site
}

test('express-openid-connect signs in, refreshes, and signs out at the provider too', async () => {
  const person = provider.person([app.origin])

  const home = await person.follow(`${app.origin}/login`)
  expect(JSON.parse(home.text)).toEqual({ signedIn: true, sub: provider.sub })

  const refreshed = await person.browser.open(`${app.origin}/refresh`)
  expect(JSON.parse(refreshed.text)).toEqual({ refreshed: true })

  const out = await person.follow(`${app.origin}/logout`)
  expect(out.url.origin).toBe(app.origin)
  expect(JSON.parse(out.text)).toEqual({ signedIn: false })

  const again = await person.browser.open(`${app.origin}/login`)
  expect(again.forms.flatMap((form) => form.buttons.map((button) => button.id))).toContain('login')
})
