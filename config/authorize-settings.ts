import type { Config } from './config.ts'
import { duration, oneOf } from './kinds.ts'
import type { SettingsOf } from './setting.ts'

/** What the authorization endpoint answers, and what UserInfo asks of a sign-in. */
export const authorizeSettings: SettingsOf<Pick<Config, 'authorize' | 'userinfo'>> = {
  'authorize.frontChannelTokens': {
    environment: 'SIGNET_AUTHORIZE_FRONT_CHANNEL_TOKENS',
    kind: oneOf('off', 'id_token', 'all'),
    default: 'off',
    about:
      'The implicit and hybrid flows of clients registered for them: `id_token`, or `all` with access tokens. It costs safety: tokens pass through the address bar, where histories, extensions and open redirectors read them, and nothing binds such an access token to who asked for it (RFC 9700 §2.1.2).',
  },
  'userinfo.maxAge': {
    environment: 'SIGNET_USERINFO_MAX_AGE',
    kind: duration({ least: 0, most: 366 * 86_400 }),
    default: '0s',
    about:
      'How old the sign-in behind an access token may be at UserInfo, before the app is told to ask for a new one (RFC 9470); 0s for any age.',
  },
}
