// What these tests use of packages that come without types.

declare module 'express-session' {
  import type { RequestHandler } from 'express'

  function session(options: { secret: string; resave: boolean; saveUninitialized: boolean }): RequestHandler
  export = session
}

declare module 'passport' {
  import type { RequestHandler } from 'express'

  class Passport {
    use(strategy: object): this
    session(): RequestHandler
    authenticate(name: string, options?: { failureRedirect?: string }): RequestHandler
    serializeUser(write: (user: object, done: (error: unknown, user?: object) => void) => void): void
    deserializeUser(read: (user: object, done: (error: unknown, user?: object) => void) => void): void
  }
  const instance: Passport & { readonly Passport: typeof Passport }
  export = instance
}

declare module 'passport-openidconnect' {
  export type Profile = { readonly id: string; readonly displayName?: string }
  type Verified = (error: unknown, user?: object) => void
  export class Strategy {
    constructor(
      options: Readonly<Record<string, string | readonly string[] | boolean>>,
      verify: (issuer: string, profile: Profile, verified: Verified) => void,
    )
  }
}
