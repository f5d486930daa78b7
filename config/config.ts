/** Every setting of a running Signet, validated. Durations are seconds. Made by `loadConfig`; see `schema.ts`. */
export type Config = {
  readonly issuer: string
  readonly listen: {
    readonly host: string
    readonly port: number
    /** Names besides the issuer's that requests may be addressed to. */
    readonly hosts: readonly string[]
    /** Addresses or CIDR ranges of proxies whose `X-Forwarded-*` is believed. */
    readonly trustProxy: readonly string[]
    /** Seconds between "not ready" and the closing of the listener, for load balancers. */
    readonly drainDelay: number
  }
  readonly management: { readonly host: string; readonly port: number }
  readonly data: { readonly directory: string }
  readonly database: { readonly url: string }
  readonly redis: { readonly url: string | undefined }
  readonly keys: {
    readonly store: 'files' | 'database'
    readonly directory: string
    readonly secret: string
    readonly rotateEvery: number
    readonly jwksMaxAge: number
    /** How often a running server looks whether the ring changed. */
    readonly pollEvery: number
    /** How far clocks of machines may be apart. */
    readonly skew: number
  }
  readonly sessions: { readonly idle: number; readonly absolute: number }
  readonly requests: { readonly lifetime: number }
  readonly tokens: {
    readonly accessLifetime: number
    readonly idLifetime: number
    readonly codeLifetime: number
    readonly refreshIdle: number
    readonly refreshAbsolute: number
    readonly refreshGrace: number
    readonly refreshGracePublic: number
    /** No access or ID token, of any API, lives longer. */
    readonly longestLifetime: number
    /** The algorithm of access tokens where neither client nor API names one. */
    readonly accessAlg: string
  }
  readonly passwords: {
    /** argon2id hashes computed at once. */
    readonly concurrency: number
    /** Seconds of work that may wait; beyond it the answer is 503. */
    readonly queue: number
  }
  readonly throttle: {
    /** Failures per window (seconds) for one account from one address, from a known device, from one address in all. */
    readonly perPair: number
    readonly perAddress: number
    readonly window: number
    /** Failures of one account per day from browsers that it never signed in from. NIST SP 800-63B §3.2.2: at most 100. */
    readonly perAccount: number
    /** Wrong client secrets per client and window. */
    readonly perClient: number
    /** Authorization requests that wait for a person, per network and window. */
    readonly requests: number
  }
  readonly cors: { readonly origins: readonly string[] }
  readonly retention: { readonly audit: number; readonly facts: number }
  readonly pages: {
    /** The name that pages show. */
    readonly name: string
  }
  readonly log: { readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent' }
}
