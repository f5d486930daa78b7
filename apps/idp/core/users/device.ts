import { createHmac, timingSafeEqual } from 'node:crypto'
import type { KeyRing } from '../keys/key-ring.ts'
import { random } from '../oauth/random.ts'

/**
 * The mark that a browser keeps after a sign-in: `<kid>.<device>.<mac>`. It proves that this account signed in from
 * here before and nothing else; it opens no session (OWASP: device cookies).
 */
export interface DeviceMarks {
  /** A new mark for this browser and account. */
  issue(sub: string, now: Date): string
  /** The device's id, if the mark was issued for this account. */
  read(mark: string | undefined, sub: string): Promise<string | undefined>
}

const form = /^([A-Za-z0-9_-]{1,64})\.([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/

/** Opens the device marks over the ring's MAC keys. */
export function openDeviceMarks(ring: KeyRing, issuer: string): DeviceMarks {
  return {
    issue(sub, now) {
      const { kid, secret } = ring.macKey(now)
      const device = random('', 16)
      const mac = createHmac('sha256', secret)
        .update(textOf(issuer, device, sub))
        .digest('base64url')
      return `${kid}.${device}.${mac}`
    },
    async read(mark, sub) {
      const [, kid, device, mac] = form.exec(mark ?? '') ?? []
      // An advisory mark: where the ring cannot be read the browser is a stranger's, and the sign-in goes on.
      const key = kid && (await ring.findMacKey(kid).catch(() => undefined))
      if (!key || !device || !mac) return undefined
      const made = createHmac('sha256', key.secret)
        .update(textOf(issuer, device, sub))
        .digest()
      const sent = Buffer.from(mac, 'base64url')
      return sent.length === made.length && timingSafeEqual(sent, made) ? device : undefined
    },
  }
}

/** A tag of its own keeps this MAC apart from a refresh token's. */
function textOf(issuer: string, device: string, sub: string): string {
  return ['signet device 1', issuer, device, sub].join('\n')
}
