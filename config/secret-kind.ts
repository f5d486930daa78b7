import { isPrintable, weaknessOf } from '#core/oauth/secret-strength.ts'
import type { Kind } from './setting.ts'

/** The secret that seals private keys. Its faults say what is wrong without a character of it. */
export const sealingSecret: Kind<string> = {
  read(written) {
    const mend = 'Make one with: openssl rand -base64 32'
    if (typeof written !== 'string' || written === '') return { fault: 'It is empty.', mend }
    if (written !== written.trim() || !isPrintable(written)) return { fault: 'It is not printable ASCII.', mend }
    const weakness = weaknessOf(written)
    return weakness ? { fault: `It is too weak: ${weakness}.`, mend } : { value: written }
  },
  json: { type: 'string', minLength: 22 },
  write: (value) => value,
}
