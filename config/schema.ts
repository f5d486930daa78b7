import { hostName, listenHost, origin } from './address-kinds.ts'
import { authorizeSettings } from './authorize-settings.ts'
import type { Config } from './config.ts'
import { issuer } from './issuer.ts'
import { duration, integer, list, oneOf, port, shortDuration, text } from './kinds.ts'
import { lifetimeSettings } from './lifetime-settings.ts'
import { outboundSettings } from './outbound-settings.ts'
import { registrationSettings } from './registration-settings.ts'
import { sealingSecret } from './secret-kind.ts'
import type { SettingsOf } from './setting.ts'
import { storeSettings } from './store-settings.ts'
import { tlsSettings } from './tls-settings.ts'
import { trustedProxy } from './trusted-proxy.ts'

const day = 86_400
const year = 366 * day
const attempts = integer({ least: 1, most: 100_000 })

/**
 * Every setting, once: validation, types, `signet config schema` and what `default.yaml` says follow from it.
 * A table, so it may be long. `issuer` and `keys.secret` have no default here: see `load.ts` for `dev`.
 */
export const settings: SettingsOf<Config> = {
  issuer: {
    environment: 'SIGNET_ISSUER',
    kind: issuer,
    default: undefined,
    about:
      'The public address, and what stands in `iss`: https, no slash at the end. http://localhost:3000 in `signet dev`; required in `signet serve`.',
  },
  'listen.host': {
    environment: 'SIGNET_HOST',
    kind: listenHost,
    default: '127.0.0.1',
    about: 'The address to listen on; 0.0.0.0 in a container.',
  },
  'listen.port': {
    environment: 'SIGNET_PORT',
    kind: port,
    default: 3000,
    about: 'The port to listen on; 0 takes a free one.',
  },
  'listen.hosts': {
    environment: 'SIGNET_HOSTS',
    kind: list(hostName),
    default: [],
    about: "Names besides the issuer's that requests may be addressed to.",
  },
  'listen.trustProxy': {
    environment: 'SIGNET_TRUST_PROXY',
    kind: list(trustedProxy),
    default: [],
    about: 'Addresses or CIDR ranges of proxies whose `X-Forwarded-*` is believed.',
  },
  'listen.drainDelay': {
    environment: 'SIGNET_DRAIN_DELAY',
    kind: duration({ least: 0, most: 7 }),
    default: '0s',
    about:
      'How long a server that was told to stop, and is not ready any more, still takes requests: for load balancers.',
  },
  'listen.answerWithin': {
    environment: 'SIGNET_ANSWER_WITHIN',
    kind: shortDuration({ least: 0.5, most: 30 }),
    default: '2s',
    about: 'Every request is answered within this time, with 503 where a store takes longer.',
  },
  ...tlsSettings,
  'management.host': {
    environment: 'SIGNET_MANAGEMENT_HOST',
    kind: listenHost,
    default: '127.0.0.1',
    about: 'The address for health and metrics; never a public one.',
  },
  'management.port': {
    environment: 'SIGNET_MANAGEMENT_PORT',
    kind: port,
    default: 9090,
    about: 'The port for health and metrics; 0 takes a free one.',
  },
  'data.directory': {
    environment: 'SIGNET_DATA_DIR',
    kind: text,
    default: 'data',
    about: 'Where the SQLite files are, relative to where Signet is started.',
  },
  ...storeSettings,
  'keys.store': {
    environment: 'SIGNET_KEYS_STORE',
    kind: oneOf('files', 'database'),
    default: 'files',
    about: 'Where the key ring is: files, or the database for several machines.',
  },
  'keys.directory': {
    environment: 'SIGNET_KEYS_DIR',
    kind: text,
    default: 'keys',
    about: 'The directory of the key ring where `keys.store` is files.',
  },
  'keys.secret': {
    environment: 'SIGNET_KEYS_SECRET',
    kind: sealingSecret,
    default: undefined,
    about:
      'Seals the private keys at rest: 128 random bits or more. Made in `keys.directory` by `signet dev`; required in `signet serve`.',
    secret: 'whole',
  },
  'keys.rotateEvery': {
    environment: 'SIGNET_KEYS_ROTATE_EVERY',
    kind: duration({ least: 1, most: year }),
    default: '30d',
    about: 'How long a signing key signs before a running server makes its successor.',
  },
  'keys.jwksMaxAge': {
    environment: 'SIGNET_KEYS_JWKS_MAX_AGE',
    kind: duration({ least: 1, most: day }),
    default: '15m',
    about: 'How long verifiers may cache the JWKS; a new key is published that long before it signs.',
  },
  'keys.pollEvery': {
    environment: 'SIGNET_KEYS_POLL_EVERY',
    kind: duration({ least: 1, most: 600 }),
    default: '3s',
    about: 'How often a running server looks whether the key ring has changed.',
  },
  'keys.skew': {
    environment: 'SIGNET_KEYS_SKEW',
    kind: duration({ least: 0, most: 3600 }),
    default: '60s',
    about: 'How far the clocks of machines may be apart.',
  },
  'keys.encryptionAlgs': {
    environment: 'SIGNET_KEYS_ENCRYPTION_ALGS',
    kind: list(oneOf('RSA-OAEP-256', 'ECDH-ES')),
    default: [],
    about:
      'What clients may encrypt request objects to; each has a key in the JWKS. Set it when every server is of this version: older ones do not know such keys.',
  },
  ...lifetimeSettings,
  ...authorizeSettings,
  'passwords.concurrency': {
    environment: 'SIGNET_PASSWORDS_CONCURRENCY',
    kind: integer({ least: 0, most: 256 }),
    default: 0,
    about: 'How many passwords are checked at once; 0 takes the cores, three at most.',
  },
  'passwords.queue': {
    environment: 'SIGNET_PASSWORDS_QUEUE',
    kind: duration({ least: 1, most: 60 }),
    default: '2s',
    about: 'How much work may wait for a password check; beyond it the answer is 503.',
  },
  'throttle.perPair': {
    environment: 'SIGNET_THROTTLE_PER_PAIR',
    kind: attempts,
    default: 10,
    about: 'Wrong passwords for one account from one address, per window; per day it is half of `throttle.perAccount`.',
  },
  'throttle.perAddress': {
    environment: 'SIGNET_THROTTLE_PER_ADDRESS',
    kind: attempts,
    default: 50,
    about: 'Wrong passwords from one address, whatever the account, per window.',
  },
  'throttle.window': {
    environment: 'SIGNET_THROTTLE_WINDOW',
    kind: duration({ least: 10, most: day }),
    default: '15m',
    about: 'The window that guesses, client secrets and begun sign-ins are counted in.',
  },
  'throttle.perAccount': {
    environment: 'SIGNET_THROTTLE_PER_ACCOUNT',
    kind: integer({ least: 1, most: 100 }),
    default: 100,
    about:
      'Wrong passwords of one account per day from browsers it never signed in from (NIST SP 800-63B §3.2.2: at most 100).',
  },
  'throttle.perClient': {
    environment: 'SIGNET_THROTTLE_PER_CLIENT',
    kind: attempts,
    default: 100,
    about: 'Wrong client secrets of one client from one address, per window.',
  },
  'throttle.requests': {
    environment: 'SIGNET_THROTTLE_REQUESTS',
    kind: integer({ least: 1, most: 1_000_000 }),
    default: 20_000,
    about: 'Sign-ins begun from one address, per window; many people may share one.',
  },
  'cors.origins': {
    environment: 'SIGNET_CORS_ORIGINS',
    kind: list(origin),
    default: [],
    about: "Origins whose pages may call /token, /userinfo and /revoke, besides those of clients' redirect URIs.",
  },
  ...outboundSettings,
  ...registrationSettings,
  'retention.audit': {
    environment: 'SIGNET_RETENTION_AUDIT',
    kind: duration({ least: day, most: 20 * year }),
    default: '365d',
    about: 'How long the audit trail is kept.',
  },
  'retention.facts': {
    environment: 'SIGNET_RETENTION_FACTS',
    kind: duration({ least: day, most: 20 * year }),
    default: '30d',
    about: 'How long sessions, sign-ins at clients and revocations are kept after they are over.',
  },
  'pages.name': { environment: 'SIGNET_PAGES_NAME', kind: text, default: 'Signet', about: 'The name that pages show.' },
  'log.level': {
    environment: 'SIGNET_LOG_LEVEL',
    kind: oneOf('trace', 'debug', 'info', 'warn', 'error', 'silent'),
    default: 'info',
    about: 'How much is logged.',
  },
}
