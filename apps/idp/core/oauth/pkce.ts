import { createHash, timingSafeEqual } from 'node:crypto'

const verifierForm = /^[A-Za-z0-9\-._~]{43,128}$/
const challengeForm = /^[A-Za-z0-9_-]{43}$/

/** Whether a text can be an S256 `code_challenge`: the base64url of 32 bytes (RFC 7636 §4.2). */
export function isCodeChallenge(text: string): boolean {
  return challengeForm.test(text)
}

/** Whether a `code_verifier` is the one whose S256 challenge was sent (RFC 7636 §4.6). Constant time. */
export function verifierMatches(verifier: string, challenge: string): boolean {
  if (!verifierForm.test(verifier)) return false
  const computed = createHash('sha256').update(verifier, 'ascii').digest()
  const sent = Buffer.from(challenge, 'base64url')
  return sent.length === computed.length && timingSafeEqual(sent, computed)
}
