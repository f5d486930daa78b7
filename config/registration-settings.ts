import { isScopeName } from '#core/oauth/scope.ts'
import type { Config } from './config.ts'
import { duration, integer, list, oneOf, quote } from './kinds.ts'
import type { Kind, SettingsOf } from './setting.ts'

const day = 86_400

const scope: Kind<string> = {
  read(written) {
    const value = String(written)
    if (isScopeName(value) && value.length <= 200) return { value }
    return {
      fault: `${quote(written)} is not a scope.`,
      mend: 'Write the names of scopes, such as openid or notes:read.',
    }
  },
  json: { type: 'string', minLength: 1 },
  write: (value) => value,
}

/** Who may register clients by a request, and what such clients may have: the part of `settings` about registration. */
export const registrationSettings: SettingsOf<Pick<Config, 'registration'>> = {
  'registration.mode': {
    environment: 'SIGNET_REGISTRATION_MODE',
    kind: oneOf('off', 'token', 'open'),
    default: 'off',
    about:
      'Whether clients can register themselves: not at all, with a token of `signet registration tokens create`, or anybody.',
  },
  'registration.scopes': {
    environment: 'SIGNET_REGISTRATION_SCOPES',
    kind: list(scope),
    default: ['openid', 'profile', 'email', 'address', 'phone', 'offline_access'],
    about: 'What a client that registers itself may ask for, where its token says nothing else.',
  },
  'registration.perAddress': {
    environment: 'SIGNET_REGISTRATION_PER_ADDRESS',
    kind: integer({ least: 1, most: 1_000_000 }),
    default: 20,
    about: 'Registrations from one address, per `throttle.window`.',
  },
  'registration.quota': {
    environment: 'SIGNET_REGISTRATION_QUOTA',
    kind: integer({ least: 1, most: 10_000_000 }),
    default: 1000,
    about: 'How many clients that registered themselves there may be at once.',
  },
  'registration.unusedAfter': {
    environment: 'SIGNET_REGISTRATION_UNUSED_AFTER',
    kind: duration({ least: 2 * day, most: 20 * 366 * day }),
    default: '90d',
    about: 'A client that registered itself is deleted when nobody has used it for that long.',
  },
}
