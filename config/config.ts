import type { FrontChannelTokens } from '#core/oauth/response-type.ts'
import type { RedisRisk } from './redis-risks.ts'

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
    /** Seconds, to the millisecond, within which every request is answered, whatever a dependency does. */
    readonly answerWithin: number
    readonly tls: TlsConfig
  }
  readonly management: { readonly host: string; readonly port: number }
  readonly data: { readonly directory: string }
  readonly database: {
    readonly url: string
    /** Connections of one process; PostgreSQL only, as are the limits below (seconds, to the millisecond). */
    readonly connections: number
    readonly statementTimeout: number
    readonly lockTimeout: number
  }
  readonly redis: {
    readonly url: string | undefined
    /** What every key begins with. */
    readonly prefix: string
    /** How many replicas must have a write before it is acknowledged. */
    readonly replicas: number
    /** What may be wrong with Redis' settings without stopping a start. */
    readonly accept: readonly RedisRisk[]
  }
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
    /** What clients may encrypt to us with. */
    readonly encryptionAlgs: readonly ('RSA-OAEP-256' | 'ECDH-ES')[]
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
  /** Which tokens the authorization endpoint itself hands out. */
  readonly authorize: { readonly frontChannelTokens: FrontChannelTokens }
  /** Seconds since the sign-in that UserInfo accepts; 0 for any. */
  readonly userinfo: { readonly maxAge: number }
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
  readonly outbound: {
    /** Hosts (`host`, `host:port`) and CIDR ranges that requests of our own may reach although they are private. */
    readonly allow: readonly string[]
  }
  readonly registration: {
    /** Whether clients can register themselves. */
    readonly mode: 'off' | 'token' | 'open'
    /** What such a client may ask for, where its token says nothing else. */
    readonly scopes: readonly string[]
    /** Registrations from one address, per window of `throttle`. */
    readonly perAddress: number
    /** How many such clients there may be. */
    readonly quota: number
    /** Seconds without a use after which such a client is deleted. */
    readonly unusedAfter: number
  }
  readonly retention: { readonly audit: number; readonly facts: number }
  readonly pages: {
    /** The name that pages show. */
    readonly name: string
  }
  readonly log: { readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent' }
}

/** TLS of our own, and where the certificates of clients come from. Files are paths of PEM files. */
export type TlsConfig = {
  /** This server's certificate with its chain, and its key: both or neither. */
  readonly certificate: string | undefined
  readonly key: string | undefined
  /** A second port, that asks clients for certificates; and the origin under which it is known. */
  readonly clientPort: number | undefined
  readonly clientUrl: string | undefined
  /** Whose certificates prove a `tls_client_auth` client at that port. */
  readonly clientCa: string | undefined
  /** Headers, in lower case, by which listed proxies hand over a certificate and say that they verified its chain. */
  readonly proxyCertificateHeader: string | undefined
  readonly proxyVerifiedHeader: string | undefined
}
