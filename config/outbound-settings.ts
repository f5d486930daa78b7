import { readAllowed } from '#core/outbound/allow-list.ts'
import type { Config } from './config.ts'
import { list, quote } from './kinds.ts'
import type { Kind, SettingsOf } from './setting.ts'

/** A host, a host with a port, or a CIDR range. */
const allowed: Kind<string> = {
  read(written) {
    const value = String(written).toLowerCase()
    if (readAllowed(value)) return { value }
    const mend =
      'Write a host, a host with its port, or a range: rp.internal, rp.internal:8443, [fd00::7]:8443 or 10.1.0.0/16.'
    return { fault: `${quote(written)} is neither a host nor a CIDR range.`, mend }
  },
  json: { type: 'string', minLength: 1 },
  write: (value) => value,
}

/** What may be reached when Signet itself asks: the part of `settings` about requests of its own. */
export const outboundSettings: SettingsOf<Pick<Config, 'outbound'>> = {
  'outbound.allow': {
    environment: 'SIGNET_OUTBOUND_ALLOW',
    kind: list(allowed),
    default: [],
    about:
      "Hosts, with a port or without, and CIDR ranges that requests of ours (clients' documents, sign-out notices) may reach although they are private; a named host by http too.",
  },
}
