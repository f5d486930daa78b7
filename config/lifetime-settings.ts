import type { Config } from './config.ts'
import { duration, oneOf } from './kinds.ts'
import type { SettingsOf } from './setting.ts'

type Lifetimes = Pick<Config, 'sessions' | 'requests' | 'tokens'>

const day = 86_400
const token = duration({ least: 5, most: day })
const sessionLife = duration({ least: 60, most: 366 * day })

/** How long everything lives that a sign-in hands out: the part of `settings` about sessions, requests and tokens. */
export const lifetimeSettings: SettingsOf<Lifetimes> = {
  'sessions.idle': {
    environment: 'SIGNET_SESSIONS_IDLE',
    kind: sessionLife,
    default: '24h',
    about: 'How long a sign-in lasts without being used.',
  },
  'sessions.absolute': {
    environment: 'SIGNET_SESSIONS_ABSOLUTE',
    kind: sessionLife,
    default: '14d',
    about: 'How long a sign-in lasts at most.',
  },
  'requests.lifetime': {
    environment: 'SIGNET_REQUESTS_LIFETIME',
    kind: duration({ least: 60, most: day }),
    default: '30m',
    about: 'How long a person may take from the first page to the answer (WCAG 2.2.1: 20 minutes or more).',
  },
  'tokens.accessLifetime': {
    environment: 'SIGNET_TOKENS_ACCESS_LIFETIME',
    kind: token,
    default: '10m',
    about: 'How long access tokens live, where the API says nothing else.',
  },
  'tokens.idLifetime': {
    environment: 'SIGNET_TOKENS_ID_LIFETIME',
    kind: token,
    default: '10m',
    about: 'How long ID tokens live.',
  },
  'tokens.codeLifetime': {
    environment: 'SIGNET_TOKENS_CODE_LIFETIME',
    kind: duration({ least: 5, most: 600 }),
    default: '60s',
    about: 'How long an authorization code may wait to be redeemed (RFC 6749 §4.1.2: 10 minutes at most).',
  },
  'tokens.refreshIdle': {
    environment: 'SIGNET_TOKENS_REFRESH_IDLE',
    kind: sessionLife,
    default: '14d',
    about: 'How long a refresh token may lie unused.',
  },
  'tokens.refreshAbsolute': {
    environment: 'SIGNET_TOKENS_REFRESH_ABSOLUTE',
    kind: sessionLife,
    default: '90d',
    about:
      'How long a refresh token and its successors live at most; without `offline_access` no longer than the session.',
  },
  'tokens.refreshGrace': {
    environment: 'SIGNET_TOKENS_REFRESH_GRACE',
    kind: duration({ least: 0, most: 300 }),
    default: '30s',
    about: 'How long a used refresh token is answered with the same successor.',
  },
  'tokens.refreshGracePublic': {
    environment: 'SIGNET_TOKENS_REFRESH_GRACE_PUBLIC',
    kind: duration({ least: 0, most: 300 }),
    default: '10s',
    about: 'The same, for clients without a credential.',
  },
  'tokens.longestLifetime': {
    environment: 'SIGNET_TOKENS_LONGEST_LIFETIME',
    kind: token,
    default: '1h',
    about: 'No access or ID token of any API lives longer; decides how long a retired key stays in the JWKS.',
  },
  'tokens.accessAlg': {
    environment: 'SIGNET_TOKENS_ACCESS_ALG',
    kind: oneOf('ES256', 'RS256', 'EdDSA', 'PS256'),
    default: 'ES256',
    about: 'The algorithm of access tokens where neither the client nor the API names one.',
  },
}
