import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'

/** Turns a session's id into what one sector knows it by, and back; undefined where it is none of that sector. */
export type PairwiseSid = {
  seal(sector: string, sessionId: string): string
  open(sector: string, sid: string): string | undefined
}

const [nonceLength, tagLength] = [12, 16]

/**
 * AES-256-GCM whose nonce is a MAC of what is sealed, as in RFC 5297: one session has one name in a sector, as sign-out
 * needs it, and two sectors cannot tell that theirs are the same.
 */
export function pairwiseSid(salt: string): PairwiseSid {
  const derive = (what: string) => Buffer.from(hkdfSync('sha256', salt, '', `signet pairwise sid 1 ${what}`, 32))
  const [macKey, key] = [derive('nonce'), derive('seal')]
  return {
    seal(sector, sessionId) {
      const mac = createHmac('sha256', macKey).update(`${sector}\n${sessionId}`).digest()
      const nonce = mac.subarray(0, nonceLength)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(sector))
      const sealed = [cipher.update(sessionId, 'utf8'), cipher.final()]
      return Buffer.concat([nonce, ...sealed, cipher.getAuthTag()]).toString('base64url')
    },
    open(sector, sid) {
      const bytes = Buffer.from(sid, 'base64url')
      if (bytes.length <= nonceLength + tagLength) return undefined
      const [nonce, tag] = [bytes.subarray(0, nonceLength), bytes.subarray(-tagLength)]
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength })
      decipher.setAAD(Buffer.from(sector)).setAuthTag(tag)
      try {
        const opened = [decipher.update(bytes.subarray(nonceLength, -tagLength)), decipher.final()]
        return Buffer.concat(opened).toString('utf8')
      } catch {
        return undefined
      }
    },
  }
}
