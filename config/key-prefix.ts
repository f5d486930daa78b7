import { quote } from './kinds.ts'
import type { Kind } from './setting.ts'

const form = /^[A-Za-z0-9_:-]{1,40}$/

/** What keys in Redis begin with. No braces: they would decide in which slot of a Cluster a key is. */
export const keyPrefix: Kind<string> = {
  read(written) {
    const value = String(written)
    if (form.test(value)) return { value }
    return {
      fault: `${quote(written)} will not do as a prefix.`,
      mend: 'Write 1 to 40 letters, digits, dashes, colons or underscores.',
    }
  },
  json: { type: 'string', pattern: form.source },
  write: (value) => value,
}
