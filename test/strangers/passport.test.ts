import express, { type NextFunction, type Request, type Response } from 'express'
import session from 'express-session'
import passport from 'passport'
import { type Profile, Strategy } from 'passport-openidconnect'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { aLocalApp, type LocalApp } from '#test/support/local-app.ts'
import { aProvider, type Provider } from '#test/support/provider.ts'

let provider: Provider
let app: LocalApp

beforeAll(async () => {
  provider = await aProvider()
  app = await aLocalApp(async (origin) => {
    // This library sends the secret in the body, and knows neither PKCE nor refresh.
    const { id, secret } = await provider.client({
      redirectUris: [`${origin}/callback`],
      scopes: ['openid', 'profile'],
      method: 'client_secret_post',
    })
    return relyingParty(new Strategy(settings(origin, id, secret), greet))
  })
})
afterAll(async () => {
  await app.close()
  await provider.close()
})

function settings(origin: string, clientID: string, clientSecret: string) {
  return {
    issuer: provider.issuer,
    authorizationURL: `${provider.issuer}/authorize`,
    tokenURL: `${provider.issuer}/token`,
    userInfoURL: `${provider.issuer}/userinfo`,
    callbackURL: `${origin}/callback`,
    clientID,
    clientSecret,
    scope: ['profile'],
    skipUserProfile: false,
  }
}

type Verified = (error: unknown, user?: object) => void

function greet(_issuer: string, profile: Profile, verified: Verified): void {
  verified(null, { sub: profile.id, name: profile.displayName })
}

function relyingParty(strategy: Strategy) {
  const auth = new passport.Passport()
  auth.use(strategy)
  auth.serializeUser((user, done) => done(null, user))
  auth.deserializeUser((user, done) => done(null, user))
  const site = express()
  site.use(session({ secret: 'only for this test', resave: false, saveUninitialized: false }), auth.session())
  site.get('/login', auth.authenticate('openidconnect'))
  site.get('/callback', auth.authenticate('openidconnect', { failureRedirect: '/failed' }), (_request, response) => {
    response.redirect('/')
  })
  site.get('/', (request: Request & { user?: object }, response) => response.json(request.user ?? {}))
  site.get('/failed', (_request, response) => response.status(403).json({ failed: true }))
  site.use((error: Error, _request: Request, response: Response, _next: NextFunction) => {
    response.status(500).json({ error: error.message })
  })
  return site
}

test('passport-openidconnect signs in and reads the name from UserInfo', async () => {
  const person = provider.person([app.origin])

  const page = await person.follow(`${app.origin}/login`)

  expect(page.url.href).toBe(`${app.origin}/`)
  expect(JSON.parse(page.text)).toEqual({ sub: provider.sub, name: provider.name })
})

test('passport-openidconnect turns a denied consent away', async () => {
  const person = provider.person([app.origin])
  await provider.forgetConsents()

  const page = await person.deny(await person.signIn(await person.browser.open(`${app.origin}/login`)))

  expect(page.status).toBe(403)
})
