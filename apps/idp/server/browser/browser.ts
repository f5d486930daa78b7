import type { FastifyInstance } from 'fastify'
import { authorizeRoutes } from './authorize.ts'
import { consentRoutes } from './consent.ts'
import { pageErrors } from './errors.ts'
import { assetRoutes, homeRoute } from './home.ts'
import { loginRoutes } from './login.ts'
import { logoRoute } from './logo.ts'
import { logoutRoutes } from './logout.ts'
import type { BrowserParts } from './parts.ts'
import { selectAccountRoutes } from './select-account.ts'
import { sessionCheckRoute } from './session-check.ts'

export type { BrowserParts } from './parts.ts'

/** The pages for people: HTML, cookies, forms with a token each, errors as pages. */
export async function browser(app: FastifyInstance, parts: BrowserParts): Promise<void> {
  pageErrors(app, parts)
  authorizeRoutes(app, parts)
  loginRoutes(app, parts)
  selectAccountRoutes(app, parts)
  consentRoutes(app, parts)
  logoutRoutes(app, parts)
  sessionCheckRoute(app, parts)
  homeRoute(app, parts)
  assetRoutes(app)
  logoRoute(app, parts)
}
